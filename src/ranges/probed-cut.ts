import type { OpenRange } from "./open-range.ts";
import type { Stretch } from "./prober.ts";

/** Bounds for ranges of about equal count, and how far they can be believed. */
export interface ProbedCut {
  /** Each the last key that may be in a range; the last range goes on to the end. */
  readonly bounds: readonly Uint8Array[];
  /**
   * The largest range by the mean, as it may be: at most so, if the next page of a folder is like
   * the ones that were seen.
   */
  readonly largest: number;
}

/** What the key space tells of what is behind a page. */
interface Behind {
  /** The binary logarithm of the share of all keys that lies in it. */
  widthOf(rest: OpenRange): number;
  /** The key behind about so many of its pages. */
  keyAt(rest: OpenRange, pages: number): Uint8Array | undefined;
}

/** Of so many errors of estimates, this part is not worse than the one that counts. */
const usualPart = 0.9;

/** Numbers of pages beyond 2 to this are the same: a number would not hold more. */
const mostPagesLog2 = 900;

/**
 * Cuts stretches into ranges by the pages that are thought to be in them. How even that comes out
 * is judged by other estimates of the same pages: that all behind a page is as dense as the page,
 * or as the next one. Where the three agree, they are right or all wrong; where they do not, the
 * worst is told.
 */
export function cutStretches(
  stretches: readonly Stretch[],
  ranges: number,
  errors: readonly number[],
  behind: Behind,
): ProbedCut {
  const total = stretches.reduce((sum, { rest, pagesSeen }) => sum + rest.pagesLeft + pagesSeen, 0);
  const bounds: Uint8Array[] = [];
  const judges = estimates.map(() => new Evenness());
  let before = 0;
  let next = 1;
  for (const [index, stretch] of stretches.entries()) {
    const { rest, pagesSeen } = stretch;
    const pages = estimates.map((estimate) => estimate(stretch, stretches[index + 1], behind));
    for (const judge of judges) judge.add(pagesSeen);
    before += pagesSeen;
    let cutAt = 0;
    for (; next < ranges && (next * total) / ranges <= before + rest.pagesLeft; next++) {
      const wanted = (next * total) / ranges - before;
      const found = wanted <= 0 || rest.isDone ? undefined : behind.keyAt(rest, wanted);
      const bound = found ?? rest.after;
      if (bound === undefined || isBehindOrAt(bounds.at(-1), bound)) continue;
      const share = found === undefined ? cutAt : Math.min(wanted / rest.pagesLeft, 1);
      for (const [i, judge] of judges.entries()) judge.cut(pages[i]! * (share - cutAt));
      cutAt = share;
      bounds.push(bound);
    }
    for (const [i, judge] of judges.entries()) judge.add(pages[i]! * (1 - cutAt));
    before += rest.pagesLeft;
  }
  const largest = Math.max(...judges.map((judge) => judge.largestByMean()), usual(errors));
  return { bounds, largest: Math.min(largest, bounds.length + 1) };
}

type Estimate = (stretch: Stretch, next: Stretch | undefined, behind: Behind) => number;

const estimates: readonly Estimate[] = [
  ({ rest }) => rest.pagesLeft,
  ({ rest, density }, _next, behind) => pagesAsDense(rest, density, behind),
  ({ rest }, next, behind) => pagesAsDense(rest, next?.density, behind),
];

function pagesAsDense(rest: OpenRange, density: number | undefined, behind: Behind): number {
  if (density === undefined || rest.isDone || !rest.isSeen || rest.upTo === undefined) {
    return rest.pagesLeft;
  }
  return 2 ** Math.min(behind.widthOf(rest) + density, mostPagesLog2);
}

function isBehindOrAt(bound: Uint8Array | undefined, key: Uint8Array): boolean {
  return bound !== undefined && Buffer.compare(bound, key) >= 0;
}

function usual(errors: readonly number[]): number {
  // Early estimates know nothing yet.
  const later = errors.slice(errors.length >> 1).sort((a, b) => a - b);
  return later[Math.floor(later.length * usualPart)] ?? 1;
}

/** How even ranges are, by one estimate. */
class Evenness {
  #ranges = 1;
  #pages = 0;
  #inRange = 0;
  #most = 0;

  /** Goes on with pages of the range at hand. */
  add(pages: number): void {
    this.#pages += pages;
    this.#inRange += pages;
    this.#most = Math.max(this.#most, this.#inRange);
  }

  /** Ends the range at hand, behind some more pages. */
  cut(pages: number): void {
    this.add(pages);
    this.#ranges++;
    this.#inRange = 0;
  }

  largestByMean(): number {
    return this.#pages === 0 ? 1 : (this.#most * this.#ranges) / this.#pages;
  }
}
