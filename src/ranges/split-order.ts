import type { OpenRange } from "./open-range.ts";

/** Where a listing is, as far as the choice of what to ask for next looks at it. */
export interface ListingState<Held> {
  /** In the order of keys. */
  readonly ranges: readonly OpenRange<Held>[];
  /** How many requests may be under way at a time, and how many are. */
  readonly slots: number;
  readonly busy: number;
  /** Requests sent and ranges split so far. */
  readonly requests: number;
  readonly splits: number;
  readonly pageSize: number;
  readonly windowPages: number;
  /** Pages that wait, for the ranges before them or to be taken. */
  readonly heldPages: number;
}

/** A range to split. */
export interface Victim<Held> {
  readonly victim: OpenRange<Held>;
  /** How many pages of it there are to share. */
  readonly within: number;
  /** How many pages it keeps at most. */
  readonly most: number;
}

/** Chooses what to ask for next. */
export interface SplitOrder {
  /** A range that nobody lists and that may be. */
  unasked<Held>(state: ListingState<Held>): OpenRange<Held> | undefined;
  /** How many pages a range must have left to be split. */
  leastPages(state: ListingState<unknown>): number;
  /**
   * The ranges to split, the best first. One that came and is not in `passed` afterwards, since only its estimate has changed, may come
   * again. So many that cannot be split cost one look at all ranges, and not one each.
   */
  victims<Held>(
    state: ListingState<Held>,
    least: number,
    passed: ReadonlySet<OpenRange<Held>>,
  ): Iterable<Victim<Held>>;
}

/** A range with fewer pages left is not worth a split. */
export const minPages = 3;

/** While many slots idle, any range with a page to spare is. */
const minPagesWhenIdle = 1.5;

/** A split is to save so many of the rounds that a slot has been through: later in a listing small ranges are let run out. */
const patience = 0.1;

/** The part of the window that is kept from ranges far from their turn: with none, wrong guesses let them fill it. */
const reserve = 0.3;

/**
 * When ordered, a range is split that has more pages left than so many times the rounds until its turn. Ranges near their turn so become
 * small and those far from it large, and end one after the other; ranges of one size would all end together, and begin from nothing.
 */
const overdue = 2;

/** When ordered, a range keeps no more pages than so many rounds give out, so that what is far is not listed before what is near. */
const mostRoundsKept = 4;

/**
 * The first splits of an ordered listing go by proportions alone: before much was seen, a counter of nine digits looks like a million
 * pages, and a cut behind the first hundred of them finds nothing.
 */
const splitsByProportion = 32;

/** Pages come as they come: the range with most pages left is split. */
export const inNoOrder: SplitOrder = {
  unasked({ ranges }) {
    return ranges.find(({ isAsked, isPaused }) => !isAsked && !isPaused);
  },
  leastPages(state) {
    return isIdle(state) ? minPagesWhenIdle : leastLate(state);
  },
  victims: largestFirst,
};

/** Pages are given out in the order of keys, so what is near its turn is to be listed first, and what is listed has a window. */
export const inKeyOrder: SplitOrder = {
  unasked(state) {
    const { ranges, windowPages, pageSize } = state;
    let ahead = 0;
    for (const [index, range] of ranges.entries()) {
      // The first range may always ask, or nothing could go on; what it lists is given out at once.
      const hasRoom =
        index === 0 || (roomOf(state, index) > 0 && ahead + range.held.length < windowPages);
      if (!range.isAsked && !range.isDone && hasRoom) return range;
      ahead += range.held.length + range.likelyPagesLeft(pageSize);
      if (ahead > windowPages) return undefined;
    }
    return undefined;
  },
  leastPages(state) {
    if (isIdle(state)) return minPagesWhenIdle;
    // A border between ranges costs half a page, so with a window they must not become too small.
    return Math.max(minPages, state.windowPages / state.slots / 4);
  },
  victims(state, least, passed) {
    return roomOf(state, 1) <= 0 ? [] : overdueFirst(state, least, passed);
  },
};

/** The range with most pages left comes first. */
function* largestFirst<Held>(
  { ranges, pageSize }: ListingState<Held>,
  least: number,
  passed: ReadonlySet<OpenRange<Held>>,
): Generator<Victim<Held>, void> {
  const left = (range: OpenRange<Held>): number => range.likelyPagesLeft(pageSize);
  const byLeft = (one: OpenRange<Held>, other: OpenRange<Held>): number => left(one) - left(other);
  const isWorth = (range: OpenRange<Held>): boolean =>
    left(range) > least && isKnown(range) && !passed.has(range);
  // The last is taken first; of two alike that is the one with the smaller keys.
  const stack = ranges.filter(isWorth).toReversed().sort(byLeft);
  for (let victim; (victim = stack.pop()) !== undefined;) {
    if (!isWorth(victim)) continue;
    yield { victim, within: victim.pagesLeft, most: Number.POSITIVE_INFINITY };
    if (!passed.has(victim)) {
      stack.push(victim);
      stack.sort(byLeft);
    }
  }
}

/** The first range that would not be listed when its turn comes, and those of its pages that fit into the window; then the next. */
function* overdueFirst<Held>(
  state: ListingState<Held>,
  least: number,
  passed: ReadonlySet<OpenRange<Held>>,
): Generator<Victim<Held>, void> {
  const { ranges, slots, splits, pageSize, windowPages } = state;
  const isGuess = ({ trust }: OpenRange): boolean => trust === 0 && splits < splitsByProportion;
  const mostOf = (range: OpenRange): number =>
    isGuess(range) ? Number.POSITIVE_INFINITY : mostRoundsKept * slots;
  let ahead = 0;
  for (const [index, range] of ranges.entries()) {
    if (roomOf(state, index + 1) <= 0) return;
    const room = windowPages - ahead - range.held.length;
    const isLast = index === ranges.length - 1;
    // What is behind the last border is not a range of some size, but all the rest.
    const roundsLeft = isLast ? 0 : ahead / slots;
    const enough = Math.max(least, overdue * roundsLeft);
    const isOverdue = (): boolean => Math.min(range.likelyPagesLeft(pageSize), room) > enough;
    while (isOverdue() && isKnown(range) && !passed.has(range)) {
      const within = isGuess(range) ? range.pagesLeft : Math.min(range.pagesLeft, room);
      yield { victim: range, within, most: mostOf(range) };
    }
    ahead += range.held.length + range.likelyPagesLeft(pageSize);
    if (ahead > windowPages) return;
  }
  // The end is in sight, and all of them would be listed in time: what is left is shared evenly.
  for (const found of largestFirst(state, leastLate(state), passed)) {
    yield { ...found, most: mostOf(found.victim) };
  }
}

/** Pages that the range at an index may still hold back: the farther from its turn, the less of the window is its to fill. */
function roomOf(
  { slots, busy, windowPages, heldPages }: ListingState<unknown>,
  index: number,
): number {
  const part = 1 - reserve * Math.min(1, index / slots);
  return windowPages * part - heldPages - busy;
}

function isIdle({ slots, busy }: ListingState<unknown>): boolean {
  return slots - busy > slots / 4;
}

/** The least pages worth a split after so many rounds of requests. */
function leastLate({ requests, slots }: ListingState<unknown>): number {
  return Math.max(minPages, (patience * requests) / slots);
}

/** Whether the estimate of a range is worth a split: one without a page yet is a guess upon a guess, unless both its ends are known. */
function isKnown({ isSeen, trust }: OpenRange): boolean {
  return isSeen || trust === 2;
}
