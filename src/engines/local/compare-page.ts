import { countSameListed } from "../../listing/same-listed.ts";
import { entryOf } from "../../listing/listed-entry.ts";
import { keyOf, type ListedPage } from "../../ranges/listed-page.ts";
import type { Entry } from "../../record/entry.ts";
import { objectsOf } from "../../s3/list-page.ts";
import type { TargetCursor } from "./target-cursor.ts";

/** Told of each key of an interval what both sides have of it, in the order of keys. */
export interface Findings {
  /** These rows of the source, from one up to, not including, another, are at the target, as far as listings show. */
  sameRows(from: number, upTo: number): void;
  /** The target lacks these. */
  added(from: number, upTo: number): void;
  /** Both have it, and the listings differ. */
  pair(index: number, target: Entry): void;
  /** Only the target has it. */
  onlyTarget(target: Entry): void;
}

/** What is compared. */
export interface ComparedPage {
  readonly source: ListedPage;
  /** How many keys of the page. */
  readonly count: number;
  readonly target: TargetCursor;
  /** The interval that they are of: from behind `after`, or from the first key on, up to `upTo`, or to the last key. */
  readonly after: Uint8Array | undefined;
  readonly upTo: Uint8Array | undefined;
  /** Bytes of the prefixes, which are not compared. */
  readonly prefixBytes: { readonly source: number; readonly target: number };
  /** Whether rows of the same key, ETag and size are the same. */
  readonly bySameRows: boolean;
  /** Whether what only the target has is asked for; without it, it is not read any further than the source goes. */
  readonly wantsRemoved: boolean;
}

/** Compares the keys of an interval with those of the target; gives how many keys of the target it has gone over. */
export async function comparePage(page: ComparedPage, findings: Findings): Promise<number> {
  const { source, count, target, after, upTo, prefixBytes, bySameRows, wantsRemoved } = page;
  target.seek(after);
  let at = 0;
  let targets = 0;
  const next = (kept: number): void => {
    target.move(kept);
    targets += kept;
  };
  for (;;) {
    if (at === count && !wantsRemoved) return targets;
    await target.load();
    const other = target.page;
    if (other === undefined) {
      if (at < count) findings.added(at, count);
      return targets;
    }
    if (at === count) {
      if (upTo !== undefined && Buffer.compare(other.keyAt(target.at), upTo) > 0) return targets;
      findings.onlyTarget(entryAt(other, target.at));
      next(1);
      continue;
    }
    const same = bySameRows
      ? countSameListed(
          { rows: source.rows, at, prefixBytes: prefixBytes.source },
          { rows: other.rows, at: target.at, prefixBytes: prefixBytes.target },
          Math.min(count - at, other.count - target.at),
        )
      : 0;
    if (same > 0) {
      findings.sameRows(at, at + same);
      at += same;
      next(same);
      continue;
    }
    const order = compareKeys(source, at, prefixBytes.source, other, target.at, prefixBytes.target);
    if (order < 0) {
      // What is missing is mostly not alone.
      const from = at++;
      while (
        at < count &&
        compareKeys(source, at, prefixBytes.source, other, target.at, prefixBytes.target) < 0
      ) {
        at++;
      }
      findings.added(from, at);
    } else if (order > 0) {
      if (wantsRemoved) findings.onlyTarget(entryAt(other, target.at));
      next(1);
    } else {
      findings.pair(at++, entryAt(other, target.at));
      next(1);
    }
  }
}

function compareKeys(
  a: ListedPage,
  aAt: number,
  aPrefix: number,
  b: ListedPage,
  bAt: number,
  bPrefix: number,
): number {
  const key = keyOf(a.rows, aAt);
  const other = keyOf(b.rows, bAt);
  return key.bytes.compare(
    other.bytes,
    other.begin + bPrefix,
    other.end,
    key.begin + aPrefix,
    key.end,
  );
}

function entryAt(page: ListedPage, index: number): Entry {
  return entryOf(objectsOf(page.rows, index, index + 1)[0]!);
}
