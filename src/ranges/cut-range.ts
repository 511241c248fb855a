import type { KeySpace } from "./key-space.ts";
import { type EstimatedRun, largestOf, type OpenRange, pagesIn } from "./open-range.ts";

/** The most steps by which idle slots look for the end of a range whose size is a guess. */
const maxGallop = 5;

/** Where a range is cut, and how many pages it keeps, about. */
export interface Cut {
  readonly at: Uint8Array;
  readonly keptPages: number;
}

/** Where to cut a range, whose unlisted part is these runs, so that it keeps about so many pages; undefined where there is no key to cut at. */
export function cutOf(
  range: OpenRange,
  runs: readonly EstimatedRun[],
  keep: number,
  space: KeySpace,
): Cut | undefined {
  // Before a page of it is seen, runs have the right proportions but no unit.
  const unit = range.isSeen ? 1 : pagesIn(runs) / range.pagesLeft;
  for (const factor of [1, 0.6, 1.6]) {
    const keptPages = keep * factor;
    const at = keyBehind(runs, (range.isSeen ? keptPages - factor : keptPages) * unit, space);
    if (at !== undefined && isInside(at, range)) return { at, keptPages };
  }
  return undefined;
}

/**
 * The part of its pages that a range of unknown size keeps. So many idle slots look for its end together, in steps that are equal on
 * a logarithmic scale: half of what may be far too much would find nothing but the end, one page at a time.
 */
export function partOfUnknown(pages: number, idle: number): number {
  const steps = Math.max(1, Math.min(idle, Math.max(4, idle / 8), maxGallop));
  return Math.min(1 / 2, pages ** (-1 / (steps + 1)));
}

/** Takes the largest run out of the estimate; false when there is none to take out. */
export function leaveOut(range: OpenRange, runs: readonly EstimatedRun[]): boolean {
  const largest = largestOf(runs);
  if (largest.pages === 0) return false;
  range.pagesLeft = Math.max(range.pagesLeft - largest.pages, 0);
  largest.pages = 0;
  return true;
}

function isInside(key: Uint8Array, { after, upTo }: OpenRange): boolean {
  return (
    (after === undefined ? key.length > 0 : Buffer.compare(key, after) > 0) &&
    (upTo === undefined || Buffer.compare(key, upTo) < 0)
  );
}

/** The key behind about so many pages of runs. */
function keyBehind(
  runs: readonly EstimatedRun[],
  pages: number,
  space: KeySpace,
): Uint8Array | undefined {
  let before = pages;
  for (const run of runs) {
    if (run.pages > 0 && run.pages >= before) return space.keyIn(run, before / run.pages);
    before -= run.pages;
  }
  return undefined;
}
