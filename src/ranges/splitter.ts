import { commonLength } from "./common-length.ts";
import { Coverage } from "./coverage.ts";
import { slash } from "./folder-names.ts";
import { folderOf, type KeySpace } from "./key-space.ts";
import { type EstimatedRun, largestOf, OpenRange, pagesIn } from "./open-range.ts";
import { pathOf } from "./place.ts";
import type { RangeBounds } from "./range-bounds.ts";

/** A page of keys in order, as far as the splitter looks into it. */
export interface SortedPage<Self> {
  readonly count: number;
  /** Whether no key comes behind it. */
  readonly isLast: boolean;
  /** Goes on where the server stopped; undefined after the last page. */
  readonly token: string | undefined;
  /** A key's bytes, which stay when the page is given back. */
  keyAt(index: number): Uint8Array;
  /** How many of its keys are not behind `upTo`. */
  countUpTo(upTo: Uint8Array): number;
  /** The page with only its first keys. */
  first(count: number): Self;
}

/** What to ask the server for. */
export type SplitterRequest<Held> =
  | { readonly kind: "page"; readonly range: OpenRange<Held> }
  /** The names right in a folder: one request with a delimiter, whose answer serves to guess better and for nothing else. */
  | { readonly kind: "folder"; readonly folder: Uint8Array };

/** How a splitter is to work. */
export interface SplitterOptions<Page, Held> {
  /** Lists the keys of (after, upTo], */
  readonly after?: Uint8Array | undefined;
  readonly upTo?: Uint8Array | undefined;
  /** or of several such ranges, in order, none of which touches another. */
  readonly ranges?: readonly RangeBounds[] | undefined;
  /** How many requests may be under way at a time; it can be changed later. */
  readonly slots: number;
  /** Keys on a full page. */
  readonly pageSize: number;
  /** Whether pages are given out in the order of their keys. */
  readonly ordered: boolean;
  /** The most pages, under way or waiting for their turn, when ordered; it can be changed later. */
  readonly windowPages: number;
  readonly space: KeySpace;
  /** Makes what is kept of a page until its turn comes; it is called when the page comes. */
  readonly hold: (page: Page) => Held;
  /** Takes a page of which nothing is kept. */
  readonly drop?: ((page: Page) => void) | undefined;
}

// The numbers below were found by simulation, on thirteen shapes of keys; a change of one by half changes requests by a few percent.

/** A range with fewer pages left is not worth a split. */
const minPages = 3;

/** While many slots idle, any range with a page to spare is. */
const minPagesWhenIdle = 1.5;

/** A split is to save so many of the rounds that a slot has been through: later in a listing small ranges are let run out. */
const patience = 0.1;

/**
 * So many pages come one after the other before anything is split: a short listing then takes no request
 * too many, and a long one three round trips longer.
 */
const pagesBeforeSplits = 4;

/** The most steps by which idle slots look for the end of a range whose size is a guess. */
const maxGallop = 5;

/** How many keys of a page are looked at. */
const sampleKeys = 32;

/** The model has seen enough after so many keys, and then learns only from the first pages of ranges. */
const learnedEnough = 20_000;

/** Pages left that nobody believes: so many times what was listed. */
const incredible = 16;

/**
 * Into so many parts all keys are divided, by the first splits, for a limit on the rate of each: S3 refuses requests to a part of a
 * bucket, and divides it by how much is asked where.
 */
const maxParts = 16;

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

/**
 * Decides what to list next: listers that steal from each other. Each slot lists a range page by page; an idle slot takes the far part
 * of the range with most pages left, as far as can be told. Pure decisions: no clock, no network.
 *
 * No key can be lost or come twice, however wrong the guesses are:
 * 1. What is listed and the open ranges partition the keys at all times. It begins with one range, all of it.
 * 2. A split makes (after, upTo] into (after, at] and (at, upTo] with after < at < upTo: a partition, whatever `at` is.
 * 3. A page for a range holds all keys behind `after` up to its last one. Those up to `upTo` are taken; the range goes on behind the
 *    last, or is done when a greater key came, or its very last key, or there are no more. Where `upTo` has moved down while the page
 *    was under way, the keys beyond it are dropped here, and are listed by the range that begins there.
 * 4. A range shrinks with every page that has keys, and a split needs a key strictly between: it comes to an end.
 * The first three are proved for every listing as it runs, by a Coverage that is told only what was taken.
 */
export class Splitter<Page extends SortedPage<Page>, Held> {
  slots: number;
  windowPages: number;
  readonly #ordered: boolean;
  readonly #space: KeySpace;
  readonly #hold: (page: Page) => Held;
  readonly #drop: ((page: Page) => void) | undefined;
  readonly #coverage: Coverage;
  /** In the order of keys: all that is not listed yet, or not given out. */
  readonly #ranges: OpenRange<Held>[];
  /** Folders that are being looked into, by their paths. */
  readonly #asking = new Set<string>();
  #pageSize: number;
  #isPageSizeKnown = false;
  #busy = 0;
  #requests = 0;
  #pages = 0;
  #splits = 0;
  #heldPages = 0;

  constructor({
    after,
    upTo,
    ranges = [{ after, upTo }],
    slots,
    pageSize,
    ordered,
    windowPages,
    space,
    hold,
    drop,
  }: SplitterOptions<Page, Held>) {
    this.slots = slots;
    this.#pageSize = pageSize;
    this.#ordered = ordered;
    this.windowPages = windowPages;
    this.#space = space;
    this.#hold = hold;
    this.#drop = drop;
    this.#coverage = new Coverage(ranges);
    this.#ranges = ranges.map(({ after, upTo }) => new OpenRange<Held>(after, upTo, 1, 0));
  }

  /**
   * How many keys are thought to be left: right within a factor of about two when some percent are
   * listed, and mostly too few before.
   */
  get expectedLeft(): number {
    let pages = 0;
    for (const range of this.#ranges) {
      if (!range.isDone) pages += range.likelyPagesLeft(this.#pageSize);
    }
    return Math.round(pages * this.#pageSize);
  }

  /** Pages that wait for the ranges before them. */
  get heldPages(): number {
    return this.#heldPages;
  }

  /**
   * What a free slot should ask for: the rest of a range, the far part of one that another slot lists, or a folder to look into;
   * undefined when there is nothing worth a request now. `waiting` pages were given out but are not taken yet.
   */
  next(waiting: number): SplitterRequest<Held> | undefined {
    // Pages pile up nowhere: one that is not taken yet keeps its slot, or when ordered its place in the window.
    const taken = this.#busy + (this.#ordered ? 0 : waiting);
    if (taken >= this.slots) return undefined;
    const request = this.#unasked(waiting) ?? this.#steal(waiting);
    if (request === undefined) return undefined;
    this.#busy++;
    this.#requests++;
    if (request.kind === "page") request.range.isAsked = true;
    return request;
  }

  /** Takes the page that was asked for a range, and gives out those whose turn it is. */
  received(range: OpenRange<Held>, page: Page): Held[] {
    this.#busy--;
    this.#pages++;
    range.isAsked = false;
    this.#notePageSize(page);
    const { after, upTo, pagesLeft: foreseen } = range;
    if (!range.isSeen && range.origin !== undefined && page.count > 0) {
      this.#space.learnLanding(range.origin.at, page.keyAt(0));
    }
    const count = upTo === undefined ? page.count : page.countUpTo(upTo);
    const last = count > 0 ? page.keyAt(count - 1) : undefined;
    const isDone =
      count < page.count ||
      page.isLast ||
      (last !== undefined && upTo !== undefined && Buffer.compare(last, upTo) === 0);
    if (isDone) this.#coverage.settle(after, upTo);
    else if (last !== undefined) this.#coverage.settle(after, last);

    if (last !== undefined) {
      this.#learn(range, page, count, last);
      range.held.push(this.#hold(count === page.count ? page : page.first(count)));
      this.#heldPages++;
    } else {
      this.#drop?.(page);
    }
    if (isDone) {
      this.#judge(range, foreseen, count / this.#pageSize);
      range.pagesLeft = 0;
      range.isDone = true;
      range.folder?.leave(range.keysListed);
    } else {
      // A page that is not full ends where the server stopped looking, which may be far behind its last key.
      range.token = page.count < this.#pageSize ? page.token : undefined;
      if (last !== undefined) this.#goOn(range, last, foreseen);
    }
    return this.#givenOut(range);
  }

  /** Takes the names that are in a folder, or undefined when they could not be had, which does no harm. */
  receivedFolder(
    folder: Uint8Array,
    found: { readonly names: readonly Uint8Array[]; readonly truncated: boolean } | undefined,
  ): void {
    this.#busy--;
    this.#asking.delete(pathOf(folder));
    this.#space.learnFolder(folder, found?.names ?? [], found?.truncated ?? true);
    for (const range of this.#ranges) {
      if (!range.isSeen || range.isDone || commonLength(range.after!, folder) < folder.length) {
        continue;
      }
      this.#estimate(range);
    }
  }

  /** Gives up on what is not listed of a range, and gives out pages that waited for it. */
  failed(range: OpenRange<Held>): Held[] {
    this.#busy--;
    range.isAsked = false;
    range.isDone = true;
    range.pagesLeft = 0;
    this.#coverage.settle(range.after, range.upTo);
    return this.#givenOut(range);
  }

  /** Throws unless all keys were settled, each once: what must hold when there is nothing more to ask for. */
  check(): void {
    if (this.#ranges.length > 0) throw new Error(`${this.#ranges.length} ranges are not done`);
    this.#coverage.check();
  }

  /** A range that nobody lists now. */
  #unasked(waiting: number): SplitterRequest<Held> | undefined {
    if (!this.#ordered) {
      const range = this.#ranges.find(({ isAsked, isPaused }) => !isAsked && !isPaused);
      return range && { kind: "page", range };
    }
    let ahead = 0;
    for (const [index, range] of this.#ranges.entries()) {
      // The first range may always ask, or nothing could go on; what it lists is given out at once.
      const hasRoom =
        index === 0 ||
        (this.#room(index, waiting) > 0 && ahead + range.held.length < this.windowPages);
      if (!range.isAsked && !range.isDone && hasRoom) return { kind: "page", range };
      ahead += range.held.length + range.likelyPagesLeft(this.#pageSize);
      if (ahead > this.windowPages) return undefined;
    }
    return undefined;
  }

  /** Takes the far part of a range, or finds that it is better to look into a folder first. */
  #steal(waiting: number): SplitterRequest<Held> | undefined {
    if (this.#pages < pagesBeforeSplits) return undefined;
    if (this.#ordered && this.#room(1, waiting) <= 0) return undefined;
    const idle = this.slots - this.#busy;
    const isExploring = this.#splits < this.slots && idle > this.slots / 2;
    const least = this.#leastPages(idle);
    const passed = new Set<OpenRange<Held>>();
    for (;;) {
      const found = this.#victim(least, passed, waiting);
      if (found === undefined) return undefined;
      const { victim, within } = found;
      if (victim.isSeen && victim.runs === undefined) {
        this.#estimate(victim);
        continue;
      }
      let runs = victim.estimatedRuns(this.#space, this.#pageSize);
      if (runs.length === 0) {
        passed.add(victim);
        continue;
      }
      const largest = largestOf(runs);
      let areNamesKnown = false;
      if (victim.isSeen) {
        const folder = folderOf(largest);
        areNamesKnown = this.#space.hasNames(folder);
        if (!areNamesKnown && isFolderAbove(victim, largest)) {
          const unknown = this.#folderToAsk(victim, folder, isExploring);
          if (unknown !== undefined) {
            this.#asking.add(pathOf(unknown));
            return { kind: "folder", folder: unknown };
          }
          // What lies nearer can be split meanwhile.
          if (this.#asking.has(pathOf(folder))) runs = runs.slice(0, runs.indexOf(largest));
        }
      }
      // The page that is asked for stays the victim's.
      const rest = (victim.isSeen ? Math.min(within, pagesIn(runs) + 1) : within) - 1;
      if (rest < least - 1) {
        passed.add(victim);
        continue;
      }
      const share = victim.trust > 0 || areNamesKnown ? 1 / 2 : this.#gallop(rest, idle);
      const isBounded = this.#ordered && !this.#isWild(victim);
      const most = isBounded ? mostRoundsKept * this.slots : Number.POSITIVE_INFINITY;
      const thief = this.#split(victim, runs, Math.min(1 + rest * share, most));
      if (thief !== undefined) return { kind: "page", range: thief };
      // There is no room for a key where most is thought to be: that is left out.
      if (!leaveOut(victim, runs)) passed.add(victim);
    }
  }

  /** How many pages a range must have left to be split. */
  #leastPages(idle: number): number {
    if (idle > this.slots / 4) return minPagesWhenIdle;
    // A border between ranges costs half a page, so with a window they must not become too small.
    if (this.#ordered) return Math.max(minPages, this.windowPages / this.slots / 4);
    return Math.max(minPages, patience * this.#rounds);
  }

  /** The range to split. */
  #victim(
    least: number,
    passed: ReadonlySet<OpenRange<Held>>,
    waiting: number,
  ): Victim<Held> | undefined {
    return this.#ordered
      ? this.#firstOverdue(least, passed, waiting)
      : this.#largest(least, passed);
  }

  /** The range with most pages left. */
  #largest(least: number, passed: ReadonlySet<OpenRange<Held>>): Victim<Held> | undefined {
    let victim: OpenRange<Held> | undefined;
    let most = least;
    for (const range of this.#ranges) {
      const left = range.likelyPagesLeft(this.#pageSize);
      if (left <= most || !isKnown(range) || passed.has(range)) continue;
      most = left;
      victim = range;
    }
    return victim && { victim, within: victim.pagesLeft };
  }

  /** The first range that would not be listed when its turn comes, and those of its pages that fit into the window. */
  #firstOverdue(
    least: number,
    passed: ReadonlySet<OpenRange<Held>>,
    waiting: number,
  ): Victim<Held> | undefined {
    let ahead = 0;
    for (const [index, range] of this.#ranges.entries()) {
      if (this.#room(index + 1, waiting) <= 0) return undefined;
      const likely = range.likelyPagesLeft(this.#pageSize);
      const room = this.windowPages - ahead - range.held.length;
      const isLast = index === this.#ranges.length - 1;
      // What is behind the last border is not a range of some size, but all the rest.
      const roundsLeft = isLast ? 0 : ahead / this.slots;
      const isOverdue = Math.min(likely, room) > Math.max(least, overdue * roundsLeft);
      if (isOverdue && isKnown(range) && !passed.has(range)) {
        const within = this.#isWild(range) ? range.pagesLeft : Math.min(range.pagesLeft, room);
        return { victim: range, within };
      }
      ahead += range.held.length + likely;
      if (ahead > this.windowPages) return undefined;
    }
    // The end is in sight, and all of them would be listed in time: what is left is shared evenly.
    return this.#largest(Math.max(minPages, patience * this.#rounds), passed);
  }

  /** Whether the pages of a range are a guess upon nothing, so that only proportions are to be believed. */
  #isWild({ trust }: OpenRange<Held>): boolean {
    return trust === 0 && this.#splits < splitsByProportion;
  }

  /** How many requests each slot has sent. */
  get #rounds(): number {
    return this.#requests / this.slots;
  }

  /** Pages that the range at an index may still hold back: the farther from its turn, the less of the window is its to fill. */
  #room(index: number, waiting: number): number {
    const part = 1 - reserve * Math.min(1, index / this.slots);
    return this.windowPages * part - this.#heldPages - waiting - this.#busy;
  }

  /**
   * The part of the pages that a range of unknown size keeps. So many idle slots look for its end together, in steps that are equal on
   * a logarithmic scale: half of what may be far too much would find nothing but the end, one page at a time.
   */
  #gallop(pages: number, idle: number): number {
    const steps = Math.max(1, Math.min(idle, Math.max(4, idle / 8), maxGallop));
    return Math.min(1 / 2, pages ** (-1 / (steps + 1)));
  }

  /** The folder to look into: the one given, or, when `any` will do, one above the range's place that may be worth it. */
  #folderToAsk(victim: OpenRange<Held>, folder: Uint8Array, any: boolean): Uint8Array | undefined {
    const isWorth = (folder: Uint8Array): boolean =>
      this.#space.isWorthAsking(folder) && !this.#asking.has(pathOf(folder));
    if (isWorth(folder)) return folder;
    if (!any) return undefined;
    for (const run of victim.runs ?? []) {
      if (run.pages < minPages || !isFolderAbove(victim, run)) continue;
      const above = folderOf(run);
      if (isWorth(above)) return above;
    }
    return undefined;
  }

  /** Cuts a range so that it keeps about so many pages, and gives the rest as a new one; undefined where there is no key to cut at. */
  #split(
    victim: OpenRange<Held>,
    runs: readonly EstimatedRun[],
    keep: number,
  ): OpenRange<Held> | undefined {
    // Before a page of it is seen, runs have the right proportions but no unit.
    const unit = victim.isSeen ? 1 : pagesIn(runs) / victim.pagesLeft;
    for (const factor of [1, 0.6, 1.6]) {
      const kept = keep * factor;
      const at = this.#keyBehind(runs, (victim.isSeen ? kept - factor : kept) * unit);
      if (at !== undefined && isInside(at, victim)) return this.#splitAt(victim, at, kept);
    }
    return undefined;
  }

  /** The key behind about so many pages of runs. */
  #keyBehind(runs: readonly EstimatedRun[], pages: number): Uint8Array | undefined {
    let before = pages;
    for (const run of runs) {
      if (run.pages > 0 && run.pages >= before) return this.#space.keyIn(run, before / run.pages);
      before -= run.pages;
    }
    return undefined;
  }

  #splitAt(victim: OpenRange<Held>, at: Uint8Array, keptPages: number): OpenRange<Held> {
    const rest = Math.max(victim.pagesLeft - keptPages, 0);
    const thief = new OpenRange<Held>(at, victim.upTo, rest, victim.trust, { victim, at });
    if (victim.isSeen) {
      const shared = commonLength(at, victim.after!);
      for (const { level, density } of victim.runs ?? []) {
        if (level <= shared) thief.densityAbove[level] = density;
      }
    }
    thief.folder = victim.folder?.splitAt(at);
    victim.upTo = at;
    victim.pagesLeft = keptPages;
    victim.runs = undefined;
    if (victim.isSeen) victim.estimatedRuns(this.#space, this.#pageSize);
    this.#ranges.splice(this.#ranges.indexOf(victim) + 1, 0, thief);
    this.#splits++;
    thief.part = this.#splits < maxParts ? this.#splits : victim.part;
    return thief;
  }

  #goOn(range: OpenRange<Held>, last: Uint8Array, foreseen: number): void {
    range.after = last;
    range.pagesLeft--;
    if (range.isSeen && range.pagesLeft > minPages) {
      // It is estimated again only when somebody would steal from it.
      range.runs = undefined;
      return;
    }
    range.estimate(this.#space, this.#pageSize);
    this.#judge(range, foreseen, range.pagesLeft + 1);
    range.isSeen = true;
  }

  #estimate(range: OpenRange<Held>): void {
    const foreseen = range.pagesLeft;
    range.estimate(this.#space, this.#pageSize);
    this.#judge(range, foreseen, range.pagesLeft);
  }

  #judge(range: OpenRange<Held>, foreseen: number, found: number): void {
    range.judge(foreseen, found, incredible * (this.#requests + this.slots));
  }

  #learn(range: OpenRange<Held>, page: Page, count: number, last: Uint8Array): void {
    const sample = samplePlaces(page.count).map((at) => ({ key: page.keyAt(at), at }));
    if (!range.isSeen || this.#space.keysLearned < learnedEnough) {
      this.#space.learn(sample.map(({ key }) => key));
    }
    range.noteListed(sample, count, last, this.#space);
  }

  /** A server's pages may be smaller than was asked for; the largest that was not the last tells. */
  #notePageSize({ count, isLast }: Page): void {
    if (isLast || count === 0) return;
    this.#pageSize = this.#isPageSizeKnown ? Math.max(this.#pageSize, count) : count;
    this.#isPageSizeKnown = true;
  }

  #givenOut(range: OpenRange<Held>): Held[] {
    const pages: Held[] = [];
    if (!this.#ordered) {
      pages.push(...range.held.splice(0));
      if (range.isDone) this.#ranges.splice(this.#ranges.indexOf(range), 1);
    } else {
      let done = 0;
      for (const range of this.#ranges) {
        pages.push(...range.held.splice(0));
        if (!range.isDone) break;
        done++;
      }
      this.#ranges.splice(0, done);
      if (range.isDone) this.#join(range);
    }
    this.#heldPages -= pages.length;
    return pages;
  }

  /** Makes one of ranges next to each other that are done and wait: or thousands would be passed by at each step. */
  #join(range: OpenRange<Held>): void {
    const at = this.#ranges.indexOf(range);
    if (at < 0) return;
    for (const first of [at, at - 1]) {
      const [one, next] = this.#ranges.slice(Math.max(first, 0), first + 2);
      if (!one?.isDone || !next?.isDone) continue;
      one.held.push(...next.held.splice(0));
      this.#ranges.splice(first + 1, 1);
    }
  }
}

/** Which keys of a page of so many are looked at, besides its first and its last. */
export function samplePlaces(count: number): number[] {
  const step = Math.max(1, count / sampleKeys);
  const places: number[] = [];
  for (let i = 0; i < count; i += step) places.push(Math.floor(i));
  return places;
}

/** A range to split, and how many pages of it there are to share. */
interface Victim<Held> {
  readonly victim: OpenRange<Held>;
  readonly within: number;
}

/** Whether the estimate of a range is worth a split: one without a page yet is a guess upon a guess, unless both its ends are known. */
function isKnown({ isSeen, trust }: OpenRange): boolean {
  return isSeen || trust === 2;
}

/** Whether a run lies beside a folder that the range is in, whose siblings it has not been among. */
function isFolderAbove(range: OpenRange, run: EstimatedRun): boolean {
  return !range.hasCrossed(run) && range.after!.indexOf(slash, run.depth) >= 0;
}

/** Takes the largest run out of the estimate; false when there is none to take out. */
function leaveOut(range: OpenRange, runs: readonly EstimatedRun[]): boolean {
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
