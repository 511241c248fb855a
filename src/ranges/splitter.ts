import { commonLength } from "./common-length.ts";
import { Coverage } from "./coverage.ts";
import { type Cut, cutOf, leaveOut, partOfUnknown } from "./cut-range.ts";
import { slash } from "./folder-names.ts";
import { folderOf, type KeySpace } from "./key-space.ts";
import { type EstimatedRun, largestOf, OpenRange, pagesIn } from "./open-range.ts";
import { pathOf } from "./place.ts";
import type { RangeBounds } from "./range-bounds.ts";
import { samplePlaces, type SortedPage } from "./sorted-page.ts";
import {
  inKeyOrder,
  inNoOrder,
  type ListingState,
  minPages,
  type SplitOrder,
} from "./split-order.ts";

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

/**
 * So many pages come one after the other before anything is split: a short listing then takes no request
 * too many, and a long one three round trips longer.
 */
const pagesBeforeSplits = 4;

/** The model has seen enough after so many keys, and then learns only from the first pages of ranges. */
const learnedEnough = 20_000;

/** Pages left that nobody believes: so many times what was listed. */
const incredible = 16;

/**
 * Into so many parts all keys are divided, by the first splits, for a limit on the rate of each: S3 refuses requests to a part of a
 * bucket, and divides it by how much is asked where.
 */
const maxParts = 16;

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
  readonly #order: SplitOrder;
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
    this.#order = ordered ? inKeyOrder : inNoOrder;
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
    const range = this.#order.unasked(this.#state(waiting));
    const request: SplitterRequest<Held> | undefined =
      range === undefined ? this.#steal(waiting) : { kind: "page", range };
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

  #state(waiting: number): ListingState<Held> {
    return {
      ranges: this.#ranges,
      slots: this.slots,
      busy: this.#busy,
      requests: this.#requests,
      splits: this.#splits,
      pageSize: this.#pageSize,
      windowPages: this.windowPages,
      heldPages: this.#heldPages + waiting,
    };
  }

  /** Takes the far part of a range, or finds that it is better to look into a folder first. */
  #steal(waiting: number): SplitterRequest<Held> | undefined {
    if (this.#pages < pagesBeforeSplits) return undefined;
    const state = this.#state(waiting);
    const idle = this.slots - this.#busy;
    const isExploring = this.#splits < this.slots && idle > this.slots / 2;
    const least = this.#order.leastPages(state);
    const passed = new Set<OpenRange<Held>>();
    for (const { victim, within, most } of this.#order.victims(state, least, passed)) {
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
      const share = victim.trust > 0 || areNamesKnown ? 1 / 2 : partOfUnknown(rest, idle);
      const keep = Math.min(1 + rest * share, most);
      const cut = cutOf(victim, runs, keep, this.#space);
      if (cut !== undefined) return { kind: "page", range: this.#splitAt(victim, cut) };
      // There is no room for a key where most is thought to be: that is left out.
      if (!leaveOut(victim, runs)) passed.add(victim);
    }
    return undefined;
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

  /** Cuts a range, and gives what is behind as a new one. */
  #splitAt(victim: OpenRange<Held>, { at, keptPages }: Cut): OpenRange<Held> {
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

/** Whether a run lies beside a folder that the range is in, whose siblings it has not been among. */
function isFolderAbove(range: OpenRange, run: EstimatedRun): boolean {
  return !range.hasCrossed(run) && range.after!.indexOf(slash, run.depth) >= 0;
}
