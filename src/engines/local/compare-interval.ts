import { entryOf } from "../../listing/listed-entry.ts";
import type { ListedPage } from "../../ranges/listed-page.ts";
import type { Entry } from "../../record/entry.ts";
import { objectsOf } from "../../s3/list-page.ts";
import type { SourceKeys } from "./source-keys.ts";
import type { TargetCursor } from "./target-cursor.ts";

/** Told of each key of an interval what both sides have of it, in the order of keys. */
export interface Findings {
  /** These keys of the source, from one up to, not including, another, are at the target, with the same ETag and size. */
  sameRows(from: number, upTo: number): void;
  /** The target lacks these. */
  added(from: number, upTo: number): void;
  /** Both have it, and its entries are to be compared. */
  pair(index: number, target: Entry): void;
  /** Only the target has it. */
  onlyTarget(target: Entry): void;
}

/** What is compared. */
export interface ComparedInterval {
  readonly source: SourceKeys;
  /** The first key of the source that is of it. */
  readonly from: number;
  readonly target: TargetCursor;
  /** The interval that they are of: from behind `after`, or from the first key on, up to `upTo`, or to the last key. */
  readonly after: Uint8Array | undefined;
  readonly upTo: Uint8Array | undefined;
  /** Whether keys with the same ETag and size are the same. */
  readonly bySameRows: boolean;
  /** Whether what only the target has is asked for; without it, it is passed over, and not read any further than the source goes. */
  readonly wantsRemoved: boolean;
  /** After so many of these it ends. */
  readonly mostRemoved: number;
}

/** How far an interval was compared. */
export interface Compared {
  /** Keys of the target that were looked at. */
  readonly targets: number;
  /** What is left, where that is not all: the keys of the source from `from` on, and all behind `after`. */
  readonly rest: { readonly from: number; readonly after: Uint8Array } | undefined;
}

/** Compares the keys of an interval with those of the target, up to its end, or until only the target has had many. */
export async function compareInterval(
  interval: ComparedInterval,
  findings: Findings,
): Promise<Compared> {
  const { source, target, after, upTo, bySameRows, wantsRemoved, mostRemoved } = interval;
  const { count } = source;
  target.seek(after);
  let at = interval.from;
  let targets = 0;
  let removed = 0;
  const next = (passed: number): void => {
    target.move(passed);
    targets += passed;
  };
  for (;;) {
    if (at === count && !wantsRemoved) return { targets, rest: undefined };
    await target.load();
    const other = target.page;
    if (other === undefined) {
      if (at < count) findings.added(at, count);
      return { targets, rest: undefined };
    }
    const isBehind = at === count;
    if (isBehind && upTo !== undefined && Buffer.compare(other.keyAt(target.at), upTo) > 0) {
      return { targets, rest: undefined };
    }
    const same = bySameRows && !isBehind ? source.countSame(at, other, target.at) : 0;
    if (same > 0) {
      findings.sameRows(at, at + same);
      at += same;
      next(same);
      continue;
    }
    const order = isBehind ? 1 : source.compare(at, other, target.at);
    if (order < 0) {
      // What is missing is mostly not alone.
      const from = at++;
      while (at < count && source.compare(at, other, target.at) < 0) at++;
      findings.added(from, at);
    } else if (order === 0) {
      findings.pair(at++, entryAt(other, target.at));
      next(1);
    } else if (wantsRemoved) {
      findings.onlyTarget(entryAt(other, target.at));
      removed++;
      // The page's memory may go to another.
      const key = removed < mostRemoved ? undefined : Uint8Array.from(other.keyAt(target.at));
      next(1);
      // Behind its last key nothing is left: an interval without keys is none.
      if (key === undefined || (upTo !== undefined && Buffer.compare(key, upTo) === 0)) continue;
      return { targets, rest: { from: at, after: key } };
    } else {
      target.skipTo(source.keyAt(at));
    }
  }
}

function entryAt(page: ListedPage, index: number): Entry {
  return entryOf(objectsOf(page.rows, index, index + 1)[0]!);
}
