import { escapeColumn } from "../record/escape.ts";
import type { Result } from "../record/result.ts";
import type { LeftWork } from "./begun-log.ts";
import type { RunCounts } from "./run.ts";

/**
 * The results of what a process before had begun, in a range that is settled now, and of which there
 * is nothing among the range's result lines: it was done, and the process was killed before it could
 * say so. What S3 answered is lost, so they say `Resumed` and no new ETag.
 */
export function resumedResults(left: readonly LeftWork[], lines: Uint8Array): Result[] {
  if (left.length === 0) return [];
  const told = new Set<string>();
  for (const line of Buffer.from(lines).toString().split("\n")) told.add(line.split("\t", 1)[0]!);
  return left
    .map(({ entry }) => entry)
    .filter(({ key }) => !told.has(escapeColumn(key)))
    .map(({ key, etag, size, attributes }) => ({
      key,
      etag,
      newEtag: undefined,
      attributes: {
        change: attributes?.change === "removed" ? "removed" : undefined,
        code: "Resumed",
        size: String(size),
      },
    }));
}

/** Counts such a result as what it was: a copy, which was found to be the same, or a deletion. */
export function withResumed(counts: RunCounts, { attributes = {} }: Result): RunCounts {
  if (attributes.change === "removed") return { ...counts, deleted: counts.deleted + 1 };
  // An object that has gone from the source meanwhile was not listed again.
  if (counts.same === 0) return counts;
  return {
    ...counts,
    same: counts.same - 1,
    copied: counts.copied + 1,
    bytes: counts.bytes + Number(attributes["size"]),
  };
}
