import type { Entry } from "../record/entry.ts";
import type { CopyOptions } from "./copy-options.ts";
import { RecordError, undoneTask } from "./outcome.ts";
import { targetKeyBy } from "./target-key.ts";

/**
 * How many of the last new keys are remembered, to find two objects that would become one. Keys of a
 * listing that a pattern makes one are near each other more often than not; those that are not, no
 * memory that is bounded finds.
 */
const maxRemembered = 65_536;

/**
 * Says of each entry under which key its copy is to be, as the attribute `to`; one whose key comes to
 * nothing, or to that of another, gets an outcome.
 */
export function renamer(options: CopyOptions): (entry: Entry) => Entry {
  const targetKey = targetKeyBy(options);
  if (targetKey === undefined) return (entry) => entry;
  // Without a pattern two keys stay two.
  const taken = options.rewriteKey === undefined ? undefined : new Map<string, string>();
  return (entry) => {
    const { key, attributes } = entry;
    // Said by an earlier stage, which this need not do again.
    if (attributes?.["to"] !== undefined) return entry;
    let to: string;
    try {
      to = targetKey(key);
      if (taken !== undefined) remember(taken, to, key);
    } catch (error) {
      if (!(error instanceof RecordError)) throw error;
      return undoneTask(entry, { outcome: error.outcome, code: error.code });
    }
    return to === key ? entry : { ...entry, attributes: { ...attributes, to } };
  };
}

function remember(taken: Map<string, string>, to: string, key: string): void {
  const other = taken.get(to);
  // Versions of one object follow each other.
  if (other !== undefined && other !== key) {
    throw new RecordError("SameTarget", `"${other}" has become "${to}" already`);
  }
  taken.set(to, key);
  if (taken.size <= maxRemembered) return;
  for (const oldest of taken.keys()) {
    taken.delete(oldest);
    break;
  }
}
