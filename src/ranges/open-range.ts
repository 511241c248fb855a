import { commonLength } from "./common-length.ts";
import { CurrentFolder } from "./folder-sizes.ts";
import type { KeySpace, Run } from "./key-space.ts";

/** A run of siblings with the pages it is thought to hold. */
export interface EstimatedRun extends Run {
  /** The binary logarithm of pages for the whole key space, were all of it as dense as what this was measured by. */
  readonly density: number;
  pages: number;
}

/** A key that a range has listed, and how many of its keys came before. */
interface Mark {
  readonly key: Uint8Array;
  readonly at: number;
}

/**
 * How far an estimate is believed: 2 where both ends of the range were found about as dense as foreseen, 1 where its beginning was,
 * 0 for a guess.
 */
export type Trust = 0 | 1 | 2;

/** Within so many times of what was foreseen, an estimate was right. */
const rightWithin = 4;

/** A guess is worth so many pages, and so many more for each page that the range has listed. */
const guessedPages = 4;

/** A split-off range, and where it was split off. */
interface Origin {
  readonly victim: OpenRange;
  readonly at: Uint8Array;
}

/** A range that is being listed: where it is, and what is thought of the part of it that is not listed yet. */
export class OpenRange<Held = unknown> {
  /** The last key that is listed, or the one before the range's first; undefined at the beginning of all keys. */
  after: Uint8Array | undefined;
  /** The last key that may belong to it; undefined for the end of all keys. It moves down when the range is split. */
  upTo: Uint8Array | undefined;
  /** Asks the server to go on where it stopped short of a full page. */
  token: string | undefined;
  /** Whether a request for it is under way. */
  isAsked = false;
  /** Whether who works on its pages has enough of them: no other is asked for meanwhile. Only for what is listed unordered. */
  isPaused = false;
  /** Whether a page of it has come. */
  isSeen = false;
  isDone = false;
  /** Which of the parts of all keys it is in: each has a limit of its own on its rate. */
  part = 0;
  /** How many of its keys have come. */
  keysListed = 0;
  /** Pages that wait for the ranges before this one. */
  readonly held: Held[] = [];

  /** How many pages are thought to be left, with the one that is asked for. */
  pagesLeft: number;
  trust: Trust;
  /** The unlisted part as runs; undefined when something has changed since. */
  runs: EstimatedRun[] | undefined;
  /** Densities by level of the range that this was split off, for the levels that it has not crossed itself. */
  readonly densityAbove: number[] = [];
  readonly origin: Origin | undefined;
  /** Where it is among folders; undefined before a page has come, unless it was split off in one. */
  folder: CurrentFolder | undefined;
  /**
   * Keys listed: for each level of the tree that is still open, the earliest that is below it. From one to the place reached, all was
   * crossed, and so it is known how dense that level is.
   */
  #marks: Mark[] = [];

  constructor(
    after: Uint8Array | undefined,
    upTo: Uint8Array | undefined,
    pagesLeft: number,
    trust: Trust,
    origin?: Origin,
  ) {
    this.after = after;
    this.upTo = upTo;
    this.pagesLeft = pagesLeft;
    this.trust = trust;
    this.origin = origin;
  }

  /** The pages left, where a guess counts for no more than a few times what was seen. */
  likelyPagesLeft(pageSize: number): number {
    if (this.trust > 0) return this.pagesLeft;
    return Math.min(this.pagesLeft, guessedPages + (guessedPages * this.keysListed) / pageSize);
  }

  /** Whether the range has been on both sides of the siblings of a run, and not only above them. */
  hasCrossed({ path, level }: Run): boolean {
    return path !== this.after || level >= this.#sharedByAll();
  }

  /** Notes some of the keys of a page, in order; `at` is their place in the page, `count` how many keys it has. */
  noteListed(sample: readonly Mark[], count: number, last: Uint8Array, space: KeySpace): void {
    const folder = (this.folder ??= new CurrentFolder(space.folderSizes));
    for (const { key, at } of sample) {
      if (at >= count - 1) break;
      this.#marks.push({ key, at: this.keysListed + at });
      folder.goTo(key, this.keysListed + at);
    }
    folder.goTo(last, this.keysListed + count - 1);
    this.keysListed += count;
    // Of the marks that have as much in common with the last key as one before them, that one tells more.
    let shared = -1;
    this.#marks = this.#marks.filter(({ key }) => {
      const length = commonLength(key, last);
      if (length <= shared) return false;
      shared = length;
      return true;
    });
  }

  /** Estimates anew what is left. */
  estimate(space: KeySpace, pageSize: number): EstimatedRun[] {
    const runs = this.#runsOf(space, pageSize);
    this.runs = runs;
    this.pagesLeft = pagesIn(runs) + (this.isAsked ? 1 : 0);
    return runs;
  }

  /** The unlisted part as runs, with the pages they are thought to hold. */
  estimatedRuns(space: KeySpace, pageSize: number): EstimatedRun[] {
    this.runs ??= this.#runsOf(space, pageSize);
    return this.runs;
  }

  /**
   * Compares what was found with what was foreseen. Between two places that were about as dense as foreseen, half of the key space is
   * half of the keys. `most` pages left are too many to be believed, however well guesses agree.
   */
  judge(foreseen: number, found: number, most: number): void {
    const wasRight = found < rightWithin * foreseen && foreseen < rightWithin * found;
    const victim = this.origin?.victim;
    if (this.isSeen) {
      if (!wasRight) this.trust = 0;
    } else {
      this.trust = wasRight && this.trust === 0 ? 1 : wasRight ? this.trust : 0;
      if (victim !== undefined && victim.upTo === this.origin?.at) victim.trust = wasRight ? 2 : 0;
    }
    if (this.pagesLeft > most) this.trust = 0;
    if (victim !== undefined && victim.pagesLeft > most) victim.trust = 0;
  }

  #runsOf(space: KeySpace, pageSize: number): EstimatedRun[] {
    const after = this.after ?? new Uint8Array();
    const runs = space.runs(after, this.upTo);
    return this.#marks.length === 0 ? shareOf(runs) : this.#measured(runs, after, space, pageSize);
  }

  /**
   * Runs with pages by the density of what was listed: for each level that of the last stretch which crosses it and is a page long at
   * least. A level that was not crossed takes the density of the nearest coarser one, or that of the range it was split off from:
   * without this, sparse random names look endlessly dense.
   */
  #measured(
    runs: readonly Run[],
    after: Uint8Array,
    space: KeySpace,
    pageSize: number,
  ): EstimatedRun[] {
    const marks = this.#marks.map(({ key, at }) => ({ key, at, shared: commonLength(key, after) }));
    const densities: (number | undefined)[] = [];
    const densityFrom = (m: number): number => {
      const { key, at } = marks[m]!;
      const pages = Math.max(this.keysListed - at, 1) / pageSize;
      return (densities[m] ??= Math.log2(pages) - space.width(key, after));
    };
    const estimated = runs.map((run) => {
      let m = Math.max(
        0,
        marks.findLastIndex(({ shared }) => shared <= run.level),
      );
      while (m > 0 && this.keysListed - marks[m]!.at < pageSize) m--;
      let density = densityFrom(m);
      if (run.level < marks[0]!.shared) {
        const above = this.densityAbove[run.level] ?? this.densityAbove.at(-1);
        if (above !== undefined) density = Math.min(density, above);
      }
      return { ...run, density, pages: 2 ** Math.min(run.mass + density, 900) };
    });
    this.#takeForTypical(estimated, pageSize);
    return estimated;
  }

  /** Takes the folder that the range is in for a typical one, until it has had more keys than those. */
  #takeForTypical(runs: readonly EstimatedRun[], pageSize: number): void {
    const typical = this.folder?.typicalRest(this.keysListed);
    if (typical === undefined) return;
    const inside = runs.filter(({ level }) => level >= typical.depth);
    const ratio = typical.keys / pageSize / pagesIn(inside);
    if (ratio < 1) for (const run of inside) run.pages *= ratio;
  }

  /** How many bytes all keys listed so far have in common with the last one. */
  #sharedByAll(): number {
    const first = this.#marks[0];
    return first === undefined ? 0 : commonLength(first.key, this.after!);
  }
}

/** Pages that runs are thought to hold together. */
export function pagesIn(runs: readonly EstimatedRun[]): number {
  let pages = 0;
  for (const run of runs) pages += run.pages;
  return pages;
}

/** The run with most pages. */
export function largestOf(runs: readonly EstimatedRun[]): EstimatedRun {
  return runs.reduce((largest, run) => (run.pages > largest.pages ? run : largest));
}

/** Runs of a range of which nothing was seen: by their parts of the key space alone, whatever the unit. */
function shareOf(runs: readonly Run[]): EstimatedRun[] {
  let most = Number.NEGATIVE_INFINITY;
  for (const { mass } of runs) most = Math.max(most, mass);
  return runs.map((run) => ({ ...run, density: Number.NaN, pages: 2 ** (run.mass - most) }));
}
