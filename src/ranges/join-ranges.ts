import { compareKeys } from "../key.ts";
import type { KeyRange } from "./key-range.ts";

type Bounds = Pick<KeyRange, "after" | "upTo">;

/** Makes one of ranges that touch or overlap; what is left is in order, with gaps between. */
export function joinRanges(ranges: readonly Bounds[]): readonly Bounds[] {
  const joined: Bounds[] = [];
  for (const range of ranges.toSorted(byBeginning)) {
    const last = joined.at(-1);
    if (last === undefined || !reaches(last.upTo, range.after)) joined.push(range);
    else joined[joined.length - 1] = { ...last, upTo: later(last.upTo, range.upTo) };
  }
  return joined;
}

function byBeginning(a: Bounds, b: Bounds): number {
  if (a.after === undefined || b.after === undefined) {
    return a.after === b.after ? 0 : a.after === undefined ? -1 : 1;
  }
  return compareKeys(a.after, b.after);
}

/** Whether a range up to one key leaves no key out before those behind another. */
function reaches(upTo: string | undefined, after: string | undefined): boolean {
  return upTo === undefined || after === undefined || compareKeys(upTo, after) >= 0;
}

function later(a: string | undefined, b: string | undefined): string | undefined {
  if (a === undefined || b === undefined) return undefined;
  return compareKeys(a, b) >= 0 ? a : b;
}
