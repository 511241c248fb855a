import { isAboutAll } from "../../ranges/list-parallel.ts";
import { joinRanges } from "../../ranges/join-ranges.ts";
import type { KeyRange } from "../../ranges/key-range.ts";
import { KeySpace } from "../../ranges/key-space.ts";
import type { OpenRange } from "../../ranges/open-range.ts";
import type { FolderListing, PageSource } from "../../ranges/page-source.ts";
import { boundsOf, type RangeBounds, rangeOf } from "../../ranges/range-bounds.ts";
import { listRanges, type Settled } from "../../ranges/range-listing.ts";
import {
  addCounts,
  type BegunWork,
  noCounts,
  type RunCounts,
  type RunJournal,
  type RunProgress,
} from "../../run/run.ts";
import { objectsDone } from "../../run/pace-meter.ts";
import { type Entry, entryCodec } from "../../record/entry.ts";
import { type Clock, steadyClock } from "../../s3/clock.ts";
import type { Pages } from "../../stream/pages.ts";
import { DeleteBudget, type DeletedBefore, type MaxDelete } from "./delete-budget.ts";
import type { IntervalDone, Job, JobKeeper, JobWorker, WorkerTally } from "./job.ts";
import { listIntervals } from "./list-intervals.ts";
import { errorOfPlain } from "./plain-error.ts";
import { type PagePlace, ShownPage } from "./shown-page.ts";

/** How a job is run, besides what it is. */
export interface RunJobOptions {
  readonly job: Job;
  /** Makes the worker that begins. */
  readonly first: (keeper: JobKeeper) => JobWorker;
  /** Makes others, when there is enough for them to do. */
  readonly more?: ((keeper: JobKeeper) => readonly Promise<JobWorker>[]) | undefined;
  /** The source's entries, in the order of keys, in place of a listing. */
  readonly list?: Pages<Entry> | undefined;
  /** Pages that are listed or worked on at a time; left out: as many as bring more. */
  readonly pages?: number | undefined;
  /** What goes on with a run that is kept; left out: none is. */
  readonly journal?: RunJournal | undefined;
  /** Takes result lines, if no run is kept. */
  readonly write: (lines: Uint8Array) => Promise<void>;
  /** Told of keys that could not be listed, and why. */
  readonly onRangeFailed: (range: KeyRange, error: unknown) => void;
  readonly maxDelete: MaxDelete;
  /** What earlier processes of the same run have deleted; left out: nothing. */
  readonly deletedBefore?: DeletedBefore | undefined;
  readonly pageSize?: number | undefined;
  readonly clock?: Clock | undefined;
  readonly signal: AbortSignal;
}

/** What came of a job. */
export interface JobDone {
  readonly counts: RunCounts;
  /** Ranges that could not be listed, or of which something else is left for another try. */
  readonly rangesFailed: number;
  /** Objects that were not deleted, because that would have been too much, of those that were to be. */
  readonly deletesRefused: number;
  readonly deletesAsked: number;
  /** Keys of the target, where deleting needed to know. */
  readonly targets: number;
}

/** A job that is under way. */
export interface RunningJob {
  readonly done: Promise<JobDone>;
  /** What has been done by now, and how much there is thought to be. */
  tally(): RunProgress;
}

/** The most pages under way at a time: each may have a thousand objects that wait to be copied. */
const mostPages = 64;

/** More workers come after so many pages: before ranges are split there is nothing for them to do. */
const pagesForMore = 3;

/** S3's longest key, in bytes of UTF-8. */
const maxKeyBytes = 1024;

/**
 * Runs a job: cuts the source into ranges as it is listed, and has workers list, compare and copy, each its ranges. `done` rejects
 * with what ends it as a whole.
 */
export function startJob(options: RunJobOptions): RunningJob {
  const run = new JobRun(options);
  return { done: run.run(), tally: () => run.tally() };
}

class JobRun implements JobKeeper, PageSource<ShownPage> {
  readonly #options: RunJobOptions;
  readonly #budget: DeleteBudget;
  readonly #workers: JobWorker[];
  /** Workers that are being made. */
  #coming: readonly Promise<unknown>[] | undefined;
  readonly #stop = new AbortController();
  readonly #signal: AbortSignal;
  /** Where the pages of a range lie. */
  readonly #places = new Map<OpenRange, PagePlace>();
  #lastRange = 0;
  #pages = 0;
  /** Intervals that are not done. */
  readonly #intervals = new Set<Promise<void>>();
  /** What is being written. */
  #writing: Promise<unknown> = Promise.resolve();
  #counts: RunCounts = noCounts;
  #rangesFailed = 0;
  #expectedLeft = (): number => 0;

  constructor(options: RunJobOptions) {
    this.#options = options;
    this.#budget = new DeleteBudget(options.maxDelete, options.deletedBefore);
    this.#signal = AbortSignal.any([options.signal, this.#stop.signal]);
    this.#workers = [options.first(this)];
  }

  async run(): Promise<JobDone> {
    const { list } = this.#options;
    let failure: { readonly error: unknown } | undefined;
    try {
      await (list === undefined ? this.#listSource() : this.#readList(list));
      this.#budget.end();
      await Promise.all(this.#intervals);
      this.#signal.throwIfAborted();
    } catch (error) {
      failure = { error };
    }
    const giveUp = failure !== undefined;
    await Promise.all(this.#coming ?? []);
    const ends = await Promise.allSettled(this.#workers.map((worker) => worker.close(giveUp)));
    for (const end of ends) if (end.status === "rejected") failure ??= { error: end.reason };
    if (failure !== undefined) throw failure.error;
    return this.#result();
  }

  #listSource(): Promise<void> {
    const { job, pages, pageSize = 1000, clock = steadyClock } = this.#options;
    return listRanges<ShownPage>({
      source: this,
      ranges: this.#ranges(),
      space: new KeySpace(maxKeyBytes - Buffer.byteLength(job.prefix)),
      pages: pages ?? mostPages,
      adaptive: pages === undefined,
      pageSize,
      clock,
      settled: (settled) => this.#settled(settled),
      onBegin: (expectedLeft) => {
        this.#expectedLeft = expectedLeft;
      },
      failed: (range, error) => {
        this.#rangesFailed++;
        this.#options.onRangeFailed(rangeOf(job.prefix, range), error);
      },
      signal: this.#signal,
    });
  }

  /** Takes the source's entries from a list, as many at a time as each worker has room for. */
  async #readList(list: Pages<Entry>): Promise<void> {
    const { prefix } = this.#options.job;
    /** What each worker has not begun yet. */
    const waiting: Promise<void>[] = [];
    for await (const { entries, after, upTo } of listIntervals(list, this.#ranges(), prefix)) {
      this.#signal.throwIfAborted();
      if (++this.#pages >= pagesForMore) this.#coming ??= this.#hire();
      const lines = Buffer.from(entries.map((entry) => entryCodec.encode(entry)).join("\n"));
      const place = this.#pages % this.#workers.length;
      const worker = this.#workers[place]!;
      const before = waiting[place];
      const room = this.#give((onRoom) => worker.workList({ lines, after, upTo }, onRoom));
      waiting[place] = room;
      // It is looked at when it is this worker's turn again, and in the end by its interval.
      room.catch(() => {});
      await before;
    }
  }

  tally(): RunProgress {
    const tally = this.#workers
      .map((worker) => worker.tally())
      .reduce(addTallies, { counts: noCounts, requests: 0, retries: 0, throttled: 0 });
    const { listed } = tally.counts;
    // Before there are keys there is nothing to tell from.
    return { ...tally, expectedObjects: listed === 0 ? undefined : listed + this.#expectedLeft() };
  }

  async list(range: OpenRange): Promise<ShownPage> {
    const { after, upTo, token, part } = range;
    const place = this.#placeOf(range);
    const ask = { range: place.range, after, upTo, token, part };
    const shown = await this.#workers[place.worker]!.list(ask);
    if (++this.#pages >= pagesForMore && !shown.isLast) this.#coming ??= this.#hire();
    return new ShownPage(place, shown, upTo);
  }

  async cut(page: ShownPage, upTo: Uint8Array): Promise<ShownPage> {
    const shown = await this.#workers[page.worker]!.show(page.range, upTo);
    return new ShownPage(page, shown, upTo);
  }

  /** A failure to see a folder's names does no harm: they only serve to guess better. */
  async names(folder: Uint8Array): Promise<FolderListing | undefined> {
    try {
      return await this.#workers[this.#idlest()]!.names(folder);
    } catch (error) {
      if (this.#signal.aborted || isAboutAll(error)) throw error;
      return undefined;
    }
  }

  begin(lines: Uint8Array): Promise<BegunWork | undefined> {
    return this.#options.journal?.begin(lines) ?? Promise.resolve(undefined);
  }

  mayDelete(count: number, targets: number): Promise<boolean> {
    return this.#budget.mayDelete(count, targets);
  }

  async settle(done: IntervalDone): Promise<void> {
    const { job, journal, write } = this.#options;
    const { counts, lines, begun, isUnsettled, missed } = done;
    // Some of its objects may have been given up, which is not what came of them.
    if (this.#signal.aborted) return;
    this.#counts = addCounts(this.#counts, counts);
    const range = rangeOf(job.prefix, done);
    if (isUnsettled) this.#rangesFailed++;
    if (missed !== undefined) this.#options.onRangeFailed(range, errorOfPlain(missed));
    if (journal === undefined) {
      if (lines.length > 0) this.#writing = this.#writing.then(() => write(lines));
    } else if (!isUnsettled) {
      const { after, upTo } = range;
      this.#writing = Promise.all([
        this.#writing,
        journal.commit({ after, upTo, counts }, lines, begun),
      ]);
    }
    await this.#writing;
  }

  #ranges(): RangeBounds[] {
    const { journal, job } = this.#options;
    const ranges = journal?.remaining() ?? [{}];
    return joinRanges(ranges)
      .map((range) => boundsOf({ ...range, prefix: job.prefix }))
      .filter((bounds) => bounds !== undefined);
  }

  /** Has a page worked on; resolves when the next of its range may be listed. */
  #settled({ range, page, count, after, upTo }: Settled<ShownPage>): Promise<void> {
    const { isDone } = range;
    if (isDone) this.#places.delete(range);
    const taken = { range: page.range, count, after, upTo, isDone };
    const worker = this.#workers[page.worker]!;
    return this.#give((onRoom) => worker.work(taken, onRoom));
  }

  /** Has an interval worked on; resolves when there is room for more of this kind. */
  async #give(work: (onRoom: () => void) => Promise<IntervalDone>): Promise<void> {
    const room = Promise.withResolvers<void>();
    const committed = work(room.resolve).then((came) => this.settle(came));
    this.#intervals.add(committed);
    committed.then(() => this.#intervals.delete(committed)).catch(room.reject);
    await room.promise;
    // Where results cannot be written as fast as they come, nothing more is begun.
    await this.#writing;
  }

  #hire(): readonly Promise<unknown>[] {
    const coming = this.#options.more?.(this) ?? [];
    return coming.map((worker) =>
      worker.then(
        (one) => this.#workers.push(one),
        (error: unknown) => this.#stop.abort(error),
      ),
    );
  }

  #placeOf(range: OpenRange): PagePlace {
    let place = this.#places.get(range);
    if (place === undefined) {
      place = { worker: this.#idlest(), range: ++this.#lastRange };
      this.#places.set(range, place);
    }
    return place;
  }

  /** The worker with the fewest ranges. */
  #idlest(): number {
    const ranges = this.#workers.map(() => 0);
    for (const { worker } of this.#places.values()) ranges[worker]!++;
    return ranges.indexOf(Math.min(...ranges));
  }

  #result(): JobDone {
    const { listed } = this.#counts;
    const known = objectsDone(this.#counts);
    if (listed !== known) {
      throw new Error(
        `${listed} objects were listed, but it is known of ${known} what came of them`,
      );
    }
    return {
      counts: this.#counts,
      rangesFailed: this.#rangesFailed,
      deletesRefused: this.#budget.refused,
      deletesAsked: this.#budget.asked,
      targets: this.#budget.targets,
    };
  }
}

function addTallies(a: WorkerTally, b: WorkerTally): WorkerTally {
  return {
    counts: addCounts(a.counts, b.counts),
    requests: a.requests + b.requests,
    retries: a.retries + b.retries,
    throttled: a.throttled + b.throttled,
  };
}
