import { type BothSides, bothSides } from "../compare/both-sides.ts";
import { compareEntries, type Verdict } from "../compare/compare-entries.ts";
import type { CompareMode } from "../compare/compare-mode.ts";
import type { Found } from "../compare/found.ts";
import { type Entry, entryCodec } from "../record/entry.ts";
import { type Sided, sidedEntryCodec } from "../record/sided.ts";
import { S3Error } from "../s3/error.ts";
import type { Stage } from "../stage.ts";
import { mapConcurrent } from "../stream/map-concurrent.ts";

export interface DiffNeeds {
  /** Also tells what only the target has, and of each change what it is. */
  readonly all?: boolean | undefined;
  /** `etag` unless told otherwise. */
  readonly compare?: CompareMode | undefined;
  /**
   * Asks S3 about a pair that the listings cannot tell (see `askObjects`), as many at a time as the context's `concurrency`. Left out,
   * the ETags of such a pair decide.
   */
  readonly ask?: ((source: Entry, target: Entry) => Promise<Verdict>) | undefined;
  /** Told what is found of each key; what `merge` leaves out it knows itself. */
  readonly onFound?: ((found: Found) => void) | undefined;
}

/**
 * Compares two listings that are one, so that entries of the same key are neighbours, the source's
 * first: gives the source's entries that the target lacks or has another object for (the original's
 * Hive query), and with `all` those only the target has.
 */
export const diff: Stage<Sided<Entry>, Entry, DiffNeeds> = {
  name: "diff",
  reads: sidedEntryCodec,
  writes: entryCodec,

  async *run(entries, { all = false, compare = "etag", ask, onFound, counters, concurrency }) {
    const tell = (found: Found): readonly Entry[] => {
      counters.add("diff", found.kind);
      onFound?.(found);
      return rowsOf(found, all);
    };
    yield* mapConcurrent(bothSides(entries), { concurrency, ordered: true }, (key) => {
      const { source, target } = key;
      if (source === undefined || target === undefined) return tell(loneOf(key));
      const verdict = compareEntries(source, target, compare);
      if (verdict !== "ask") return tell(pairOf(source, target, verdict));
      if (ask === undefined) return tell(pairOf(source, target, byEtags(source, target)));
      return settle(source, target, ask).then(tell);
    });
  },
};

function loneOf({ source, target }: BothSides): Found {
  return source === undefined
    ? { kind: "removed", entry: target! }
    : { kind: "added", entry: source };
}

function pairOf(source: Entry, target: Entry, { same, by }: Verdict, failure?: S3Error): Found {
  return { kind: same ? "same" : "changed", entry: source, replaced: target, by, failure };
}

function byEtags(source: Entry, target: Entry): Verdict {
  return { same: source.etag === target.etag && source.etag !== "", by: "etag" };
}

async function settle(
  source: Entry,
  target: Entry,
  ask: NonNullable<DiffNeeds["ask"]>,
): Promise<Found> {
  try {
    return pairOf(source, target, await ask(source, target));
  } catch (error) {
    if (!(error instanceof S3Error && error.isAboutOneObject)) throw error;
    return pairOf(source, target, byEtags(source, target), error);
  }
}

function rowsOf({ kind, entry, replaced, by }: Found, all: boolean): readonly Entry[] {
  if (kind === "same") return [];
  if (!all) return kind === "removed" ? [] : [entry];
  const attributes = {
    ...entry.attributes,
    change: kind,
    // That it is by the ETag is the default.
    by: by === "etag" ? undefined : by,
    replaces: replaced?.etag,
  };
  return [{ ...entry, attributes }];
}
