import { countUpTo } from "./count-up-to.ts";
import { commonLength } from "./common-length.ts";
import { slash } from "./folder-names.ts";
import { folderOf, type KeySpace } from "./key-space.ts";
import { type EstimatedRun, largestOf, OpenRange, pagesIn } from "./open-range.ts";
import { pathOf } from "./place.ts";
import { cutStretches, type ProbedCut } from "./probed-cut.ts";
import type { SortedPage } from "./sorted-page.ts";

/** What to ask the server for, to learn how keys are spread. */
export type Probe =
  /** A full page of the keys behind the stretch's `after`. */
  | { readonly kind: "page"; readonly stretch: Stretch }
  /** The names right in a folder: one request with a delimiter. */
  | { readonly kind: "folder"; readonly folder: Uint8Array };

/**
 * The keys from one probe to the next: a page that is seen, and what is thought to be behind it.
 */
export interface Stretch {
  /** The page is of the keys behind this one; undefined at the beginning of all keys. */
  readonly after: Uint8Array | undefined;
  /** What is behind the page. */
  readonly rest: OpenRange;
  /**
   * How many pages were thought to be in it and in the stretch that it was cut off from, before.
   */
  readonly foreseen: number;
  /** How many pages, or what part of one, were seen; 0 while it is awaited. */
  pagesSeen: number;
  /**
   * The binary logarithm of pages for the whole key space, were all of it as dense as the page;
   * undefined where there is none.
   */
  density: number | undefined;
}

/** A page of keys in order, as far as it is looked into. */
export type ProbedPage = Pick<SortedPage<unknown>, "count" | "isLast" | "keyAt">;

/** How to probe. */
export interface ProberOptions {
  /** Only keys of (after, upTo]. */
  readonly after?: Uint8Array | undefined;
  readonly upTo?: Uint8Array | undefined;
  readonly space: KeySpace;
  /** Keys on a full page. */
  readonly pageSize: number;
  readonly maxProbes: number;
}

/** A stretch with less behind its page is not worth a request. */
const leastPages = 0.2;

/** The part of all probes that may look into folders. */
const folderPart = 1 / 4;

/** How many keys of a page are looked at. */
const sampleKeys = 32;

/**
 * Finds out how keys are spread by a bounded number of pages, each from the middle of the stretch
 * that is thought to hold most. It guesses as the splitter of a listing does, but lists nothing
 * further: so it never learns how wrong it was about what it has not seen, and a folder that holds
 * nearly all keys among thousands is found only by landing in it. Pure decisions: no clock, no
 * network.
 */
export class Prober {
  readonly #space: KeySpace;
  readonly #pageSize: number;
  readonly #maxProbes: number;
  readonly #stretches: Stretch[];
  /** By how much each estimate was wrong that a probe could test. */
  readonly #errors: number[] = [];
  readonly #asking = new Set<string>();
  #probes = 0;
  #folders = 0;

  constructor({ after, upTo, space, pageSize, maxProbes }: ProberOptions) {
    this.#space = space;
    this.#pageSize = pageSize;
    this.#maxProbes = maxProbes;
    this.#stretches = [stretchOf(new OpenRange(after, upTo, 1, 0))];
  }

  /**
   * What to ask for next, while other answers are awaited; undefined when no request is left, or
   * nothing is worth one now.
   */
  next(): Probe | undefined {
    if (this.#probes >= this.#maxProbes) return undefined;
    const probe: Probe | undefined =
      this.#probes === 0 ? { kind: "page", stretch: this.#stretches[0]! } : this.#worthMost();
    if (probe === undefined) return undefined;
    this.#probes++;
    if (probe.kind === "folder") {
      this.#folders++;
      this.#asking.add(pathOf(probe.folder));
    }
    return probe;
  }

  /** Takes the page that was asked for. */
  received(stretch: Stretch, page: ProbedPage): void {
    const { rest, foreseen } = stretch;
    const { upTo, origin } = rest;
    const count = upTo === undefined ? page.count : countUpTo(page, upTo);
    const first = page.count > 0 ? page.keyAt(0) : undefined;
    const last = count > 0 ? page.keyAt(count - 1) : undefined;
    stretch.pagesSeen = count / this.#pageSize;
    if (origin !== undefined && first !== undefined) this.#space.learnLanding(origin.at, first);
    const sample = sampleOf(page);
    this.#space.learn(sample.map(({ key }) => key));

    const before = rest.pagesLeft;
    if (last !== undefined) rest.noteListed(sample, count, last, this.#space);
    if (last === undefined || page.isLast || count < page.count) {
      rest.isDone = true;
      rest.pagesLeft = 0;
    } else {
      // A copy, for the page is not to be kept by one of its keys.
      rest.after = Uint8Array.from(last);
      rest.estimate(this.#space, this.#pageSize);
    }
    const found = rest.pagesLeft + stretch.pagesSeen;
    rest.judge(before, found, Number.POSITIVE_INFINITY);
    rest.isSeen = true;
    if (count > 1) {
      stretch.density = Math.log2(stretch.pagesSeen) - this.#space.width(first!, last!);
    }

    const victim = origin?.victim;
    // Only where nobody has cut in between it is known what became of the estimate.
    if (victim === undefined || victim.upTo !== origin?.at) return;
    if (!victim.isDone) victim.estimate(this.#space, this.#pageSize);
    this.#errors.push(factorBetween(victim.pagesLeft + found, foreseen));
  }

  /**
   * Takes the names that are in a folder, or undefined when they could not be had, which does no
   * harm.
   */
  receivedFolder(
    folder: Uint8Array,
    found: { readonly names: readonly Uint8Array[]; readonly truncated: boolean } | undefined,
  ): void {
    this.#asking.delete(pathOf(folder));
    this.#space.learnFolder(folder, found?.names ?? [], found?.truncated ?? true);
    for (const rest of this.#unseen()) {
      if (commonLength(rest.after!, folder) === folder.length) {
        rest.estimate(this.#space, this.#pageSize);
      }
    }
  }

  /** Cuts all keys into so many ranges, or fewer where no bound is found. */
  cut(ranges: number): ProbedCut {
    for (const rest of this.#unseen()) rest.estimate(this.#space, this.#pageSize);
    return cutStretches(this.#stretches, ranges, this.#errors, {
      widthOf: ({ after, upTo }) => this.#space.width(after!, upTo!),
      keyAt: (rest, pages) =>
        this.#keyBehind(rest, rest.estimatedRuns(this.#space, this.#pageSize), pages),
    });
  }

  *#unseen(): Generator<OpenRange> {
    for (const { rest } of this.#stretches) if (rest.isSeen && !rest.isDone) yield rest;
  }

  #worthMost(): Probe | undefined {
    const passed = new Set<OpenRange>();
    for (;;) {
      const rest = this.#largest(passed);
      if (rest === undefined) return undefined;
      const runs = rest.estimatedRuns(this.#space, this.#pageSize);
      const folder = this.#folderToAsk(rest, runs);
      if (folder === undefined) {
        const stretch = this.#split(rest, runs);
        if (stretch !== undefined) return { kind: "page", stretch };
      } else if (!this.#asking.has(pathOf(folder))) {
        return { kind: "folder", folder };
      }
      passed.add(rest);
    }
  }

  #largest(passed: ReadonlySet<OpenRange>): OpenRange | undefined {
    let largest: OpenRange | undefined;
    for (const rest of this.#unseen()) {
      if (passed.has(rest) || rest.pagesLeft <= (largest?.pagesLeft ?? leastPages)) continue;
      largest = rest;
    }
    return largest;
  }

  /**
   * The folder to look into first: the one that most is thought to be in, where only a folder of it
   * was seen so far.
   */
  #folderToAsk(rest: OpenRange, runs: readonly EstimatedRun[]): Uint8Array | undefined {
    if (runs.length === 0) return undefined;
    const largest = largestOf(runs);
    if (rest.hasCrossed(largest) || rest.after!.indexOf(slash, largest.depth) < 0) return undefined;
    const folder = folderOf(largest);
    const isWorth =
      this.#folders < this.#maxProbes * folderPart && this.#space.isWorthAsking(folder);
    return isWorth || this.#asking.has(pathOf(folder)) ? folder : undefined;
  }

  /** Cuts what is behind a page in the middle; undefined where there is no key to cut at. */
  #split(rest: OpenRange, runs: readonly EstimatedRun[]): Stretch | undefined {
    const foreseen = rest.pagesLeft;
    for (const share of [1 / 2, 0.3, 0.8]) {
      const kept = pagesIn(runs) * share;
      const at = this.#keyBehind(rest, runs, kept);
      if (at === undefined) continue;
      const origin = { victim: rest, at };
      const far = new OpenRange(at, rest.upTo, Math.max(foreseen - kept, 0), rest.trust, origin);
      const shared = commonLength(at, rest.after!);
      for (const { level, density } of runs) {
        if (level <= shared) far.densityAbove[level] = density;
      }
      rest.upTo = at;
      rest.pagesLeft = kept;
      rest.runs = undefined;
      const stretch = { ...stretchOf(far), foreseen };
      const index = this.#stretches.findIndex((one) => one.rest === rest);
      this.#stretches.splice(index + 1, 0, stretch);
      return stretch;
    }
    // Another probe may find room elsewhere, once the place where most is thought to be is left
    // out.
    if (runs.length > 0) {
      const largest = largestOf(runs);
      rest.pagesLeft = Math.max(0, rest.pagesLeft - largest.pages);
      largest.pages = 0;
    }
    return undefined;
  }

  /** The key behind about so many pages of runs, if it lies among the keys in question. */
  #keyBehind(
    { after, upTo }: OpenRange,
    runs: readonly EstimatedRun[],
    pages: number,
  ): Uint8Array | undefined {
    let left = pages;
    for (const run of runs) {
      if (run.pages > 0 && left <= run.pages) {
        const key = this.#space.keyIn(run, left / run.pages);
        const isInside =
          Buffer.compare(key, after!) > 0 && (upTo === undefined || Buffer.compare(key, upTo) < 0);
        return isInside ? key : undefined;
      }
      left -= run.pages;
    }
    return undefined;
  }
}

function stretchOf(rest: OpenRange): Stretch {
  return { after: rest.after, rest, foreseen: rest.pagesLeft, pagesSeen: 0, density: undefined };
}

/** The keys to look at: not all, for what is kept of them is to be small. */
function sampleOf(page: ProbedPage): { readonly key: Uint8Array; readonly at: number }[] {
  const sample = [];
  const step = Math.max(1, page.count / sampleKeys);
  for (let i = 0; i < page.count; i += step) {
    const at = Math.floor(i);
    sample.push({ key: page.keyAt(at), at });
  }
  return sample;
}

/** How many times one number of pages is another; what is less than a page hardly counts. */
function factorBetween(a: number, b: number): number {
  return (Math.max(a, b) + 1) / (Math.min(a, b) + 1);
}
