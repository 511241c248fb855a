import { askObjects } from "../../compare/ask-objects.ts";
import type { Counters } from "../../counters.ts";
import type { Attributes } from "../../record/attributes.ts";
import type { Entry } from "../../record/entry.ts";
import { AdaptiveLimit } from "../../ranges/adaptive-limit.ts";
import { type Result, resultCodec } from "../../record/result.ts";
import type { S3Bucket } from "../../s3/client.ts";
import { type Clock, steadyClock } from "../../s3/clock.ts";
import type { CustomerKeys } from "../../stages/copy-rules.ts";
import type { CopyWay } from "../../stages/copy-way.ts";
import { multipartcomplete } from "../../stages/multipartcomplete.ts";
import { multipartlist } from "../../stages/multipartlist.ts";
import { objectcopy } from "../../stages/objectcopy.ts";
import { undoneTask } from "../../stages/outcome.ts";
import { Stopper } from "../../stages/stopper.ts";
import { mapConcurrent } from "../../stream/map-concurrent.ts";
import type { Page, Pages } from "../../stream/pages.ts";
import { isGivenUp } from "./given-up.ts";
import type { Interval, OpenCounts } from "./interval.ts";
import type { Job } from "./job.ts";
import { Spread } from "./spread.ts";

/** An object that is to be copied, unless it turns out to be the same. */
export interface CopyItem {
  readonly entry: Entry;
  /** The target's, where S3 has to be asked whether the two are the same. */
  readonly other?: Entry | undefined;
  readonly interval: Interval;
}

/** What a line of work has of its worker. */
export interface WorkContext {
  readonly job: Job;
  readonly source: S3Bucket;
  readonly target: S3Bucket;
  /** The keys of the files that the job names. */
  readonly keys?: CustomerKeys | undefined;
  /** Which way bytes go, as far as this or another worker has found out. */
  readonly way?: CopyWay | undefined;
  readonly counters: Counters;
  /** Counts of all intervals together, also of those that are not done. */
  readonly counts: OpenCounts;
  /** Copies at a time; with `adaptive`, as many as bring more, up to so many. */
  readonly concurrency: number;
  readonly adaptive?: boolean | undefined;
  readonly clock?: Clock | undefined;
  readonly signal: AbortSignal;
}

/** More is begun when so many parts of what may be under way are free. */
const fullPart = 8;

/** Items go from one stage to the next in pages of so many: few enough to be of many places in the bucket. */
const pageSize = 64;

/** The stages of a copy, one behind the other, for all intervals that a worker has under way. */
export class CopyLine {
  readonly #context: WorkContext;
  readonly #items = new Spread<CopyItem>();
  /** By the source's key. */
  readonly #underWay = new Map<string, CopyItem>();
  readonly #limit: Pick<AdaptiveLimit, "limit" | "noteReply">;
  readonly #clock: Clock;
  readonly #stopper: Stopper;
  readonly #ended: Promise<void>;

  constructor(context: WorkContext) {
    const { concurrency, adaptive, clock = steadyClock } = context;
    this.#context = context;
    this.#clock = clock;
    this.#stopper = new Stopper(context.signal);
    this.#limit =
      adaptive === true
        ? new AdaptiveLimit(concurrency, clock.now())
        : { limit: concurrency, noteReply: () => {} };
    this.#ended = this.#run();
    // It is for `end` to tell; until then nothing would be said of it.
    this.#ended.catch(() => {});
  }

  /** Takes the items of an interval; `onFew` is called when few are left that were not begun. */
  add(interval: Interval, items: readonly CopyItem[], onFew: () => void): void {
    interval.open(items.length);
    this.#items.add(items, onFew);
  }

  /** Rejects when the line stops though it was not told to. */
  get stopped(): Promise<void> {
    return this.#ended;
  }

  /** Waits for all that was added. Rejects with an error that would meet every object. */
  async end(): Promise<void> {
    this.#items.end();
    await this.#ended;
  }

  /** Gives up what nobody has begun. */
  async drop(): Promise<void> {
    this.#items.drop();
    await this.#ended;
  }

  async #run(): Promise<void> {
    const { job, source, target } = this.#context;
    const { copy, onUnknownParts, exactParts, reuseUploads } = job;
    const context = { ...this.#context, copy, onUnknownParts, exactParts, reuseUploads };
    const planned = multipartlist.run(this.#decided(), context);
    const copied = objectcopy.run(planned, { ...context, source, target });
    for await (const page of multipartcomplete.run(copied, context)) this.#finish(page);
    this.#stopper.throwIfStopped();
  }

  /** The entries of items, but for those that turn out to be the same. */
  #decided(): Pages<Entry> {
    const { concurrency, source, target, signal, job } = this.#context;
    const stopper = this.#stopper;
    const items = this.#begun(this.#items.pages(() => this.#room()));
    if (job.compare !== "auto" && job.compare !== "checksum") return entriesOf(items);
    return mapConcurrent(items, { concurrency }, (item) => {
      const { entry, other } = item;
      if (other === undefined) return [entry];
      const decide = async (): Promise<readonly Entry[]> => {
        const verdict = await askObjects(entry, other, { source, target }, { signal });
        if (!verdict.same) return [entry];
        this.#noteDone(entry.key, this.#clock.now());
        this.#items.look();
        item.interval.counts.same++;
        this.#context.counts.same++;
        item.interval.close();
        return [];
      };
      return stopper.guard(entry, decide, (_, undone) => [undoneTask(entry, undone)]);
    });
  }

  /** How many more may be begun. Pages of one or two would cost more than they bring. */
  #room(): number {
    const { limit } = this.#limit;
    const free = limit - this.#underWay.size;
    return free < limit / fullPart ? 0 : Math.min(free, pageSize);
  }

  async *#begun(pages: AsyncIterable<readonly CopyItem[]>): AsyncGenerator<readonly CopyItem[]> {
    for await (const page of pages) {
      for (const item of page) this.#underWay.set(item.entry.key, item);
      yield page;
    }
  }

  #finish(results: Page<Result>): void {
    const { job, counts, signal } = this.#context;
    const nowMs = this.#clock.now();
    for (const result of results) {
      const item = this.#underWay.get(result.key);
      // The results of an object's parts come together, and the first is taken for all.
      if (item === undefined) continue;
      this.#noteDone(result.key, nowMs);
      const { interval, entry } = item;
      const told = resultOfWhole(result, results);
      const { outcome = "copied", code = "" } = told.attributes ?? {};
      if (outcome === "failed" && isGivenUp(code)) {
        interval.isUnsettled = true;
        // The same would meet all others: the line ends, and the stage that met it says so.
        if (!signal.aborted) this.#items.drop();
      }
      interval.counts[outcome]++;
      counts[outcome]++;
      if (outcome === "copied") {
        interval.counts.bytes += entry.size;
        counts.bytes += entry.size;
      }
      if (job.results === "all" || outcome !== "copied") {
        interval.addLine(resultCodec.encode(told));
      }
      interval.close();
    }
    this.#items.look();
  }

  /** Notes that one is done, and whether as many were under way as might be. */
  #noteDone(key: string, nowMs: number): void {
    const { limit } = this.#limit;
    this.#limit.noteReply(this.#items.hasItems ? limit : this.#underWay.size, nowMs);
    this.#underWay.delete(key);
  }
}

async function* entriesOf(pages: AsyncIterable<readonly CopyItem[]>): Pages<Entry> {
  for await (const page of pages) yield page.map(({ entry }) => entry);
}

/** One result for an object that was copied in parts: of a part that was not copied, if there is one. */
export function resultOfWhole(first: Result, page: Page<Result>): Result {
  if (first.part === undefined) return first;
  let result = first;
  for (const other of page) {
    const isWorse = other.attributes?.outcome !== undefined && other.key === first.key;
    if (isWorse && isLater(other, result)) result = other;
  }
  const { key, etag, attributes } = result;
  const { newetag, ...more }: Attributes = attributes ?? {};
  if (more.outcome !== undefined) return { key, etag, newEtag: undefined, attributes: more };
  return { key, etag, newEtag: newetag ?? etag, attributes: more };
}

/** Whether a result tells more of why an object was not copied: that of a part which nobody tried says nothing. */
function isLater(other: Result, { attributes }: Result): boolean {
  return attributes?.outcome === undefined || other.attributes?.outcome === "failed";
}
