import { ListedEntries } from "../listing/listed-entries.ts";
import { writtenEntries } from "../listing/written-entries.ts";
import { HiddenPrefixes, type HiddenReport } from "../ranges/hidden-prefixes.ts";
import { isDirectoryBucket } from "../ranges/list-in-turn.ts";
import { isPartLine, type ListLine, listLineCodec } from "../ranges/list-line.ts";
import {
  isAboutAll,
  listParallelAs,
  windowPagesInFile,
  windowPagesInMemory,
} from "../ranges/list-parallel.ts";
import type { PartLine } from "../ranges/part-file.ts";
import type { KeyRange } from "../ranges/key-range.ts";
import { type BudgetShare, SharedBudget } from "../ranges/shared-budget.ts";
import { type Entry, entryCodec } from "../record/entry.ts";
import type { S3Bucket } from "../s3/client.ts";
import { type Clock, systemClock } from "../s3/clock.ts";
import { listObjects } from "../s3/list-objects.ts";
import { UnexpectedReplyError } from "../s3/unexpected-reply.ts";
import type { Stage, StageContext } from "../stage.ts";
import { flatMapConcurrent } from "../stream/flat-map-concurrent.ts";
import type { Pages } from "../stream/pages.ts";
import { WaitingPages } from "../stream/waiting-pages.ts";

export interface BucketlistNeeds {
  readonly bucket: S3Bucket;
  /** Whether to have only as many requests under way as bring more, up to `concurrency`. */
  readonly adaptive?: boolean | undefined;
  /**
   * Told what could not be listed though the client has tried again, and why; the rest is listed. Keys
   * of a line with a delimiter may have been listed before that. Left out, the first such failure ends
   * the run, as one that would meet all of the bucket always does.
   */
  readonly onFailed?: ((what: ListLine, error: Error) => void) | undefined;
  /** Told in the end what delimiters have hidden, if they have. */
  readonly onHidden?: ((report: HiddenReport) => void) | undefined;
  /** For a file in which pages wait for those before them; left out, fewer can wait, in memory. */
  readonly temporaryDirectory?: string | undefined;
  readonly clock?: Clock | undefined;
}

/** Lines at a time where it is found out how many requests pay: enough to keep as many busy at first. */
const adaptiveLines = 16;

/**
 * Lists the keys that the lines of a part file stand for, several lines at a time: about one request
 * a thousand keys. A line without a delimiter is itself listed by many requests at a time, as many as
 * its share is; its keys come in order.
 */
export const bucketlist: Stage<ListLine, Entry, BucketlistNeeds> = {
  name: "bucketlist",
  reads: listLineCodec,
  writes: entryCodec,

  async *run(lines, context) {
    const { concurrency, adaptive, onHidden, clock = systemClock } = context;
    const run = new Run(context, clock);
    const atATime = adaptive ? Math.min(concurrency, adaptiveLines) : concurrency;
    try {
      yield* flatMapConcurrent(lines, atATime, (line) => run.list(line));
    } finally {
      run.close();
    }
    const report = run.hidden.report();
    if (report.hidden > 0) onHidden?.(report);
  },
};

class Run {
  readonly hidden = new HiddenPrefixes();
  readonly #context: BucketlistNeeds & StageContext;
  readonly #clock: Clock;
  readonly #budget: SharedBudget;
  readonly #waiting: WaitingPages | undefined;
  #hasListed = false;

  constructor(context: BucketlistNeeds & StageContext, clock: Clock) {
    const { concurrency, adaptive, temporaryDirectory: directory } = context;
    this.#waiting = directory === undefined ? undefined : new WaitingPages({ directory });
    const windowPages = this.#waiting === undefined ? windowPagesInMemory : windowPagesInFile;
    this.#context = context;
    this.#clock = clock;
    this.#budget = new SharedBudget({ concurrency, adaptive, windowPages }, clock.now());
  }

  close(): void {
    this.#waiting?.close();
  }

  async *list(line: ListLine): Pages<Entry> {
    this.hidden.noteLine(line);
    const { onFailed, signal } = this.#context;
    const oneByOne = isPartLine(line) && line.delimiter !== "" ? line : undefined;
    const share = this.#budget.open(oneByOne === undefined ? "many" : "one");
    try {
      yield* oneByOne === undefined
        ? this.#listParallel(line, share)
        : this.#listWithDelimiter(oneByOne, share);
    } catch (error) {
      // Before anything has been listed it is the bucket that cannot be.
      if (onFailed === undefined || !this.#hasListed || signal.aborted || isAboutAll(error)) {
        throw error;
      }
      onFailed(line, error as Error);
    } finally {
      share.close();
    }
  }

  async *#listParallel(line: ListLine, budget: BudgetShare): Pages<Entry> {
    const { bucket, counters, onFailed, signal } = this.#context;
    const { prefix, after, upTo }: KeyRange = isPartLine(line) ? { prefix: line.prefix } : line;
    const options = {
      prefix,
      startAfter: after,
      stopAt: upTo,
      // A directory bucket is in no order.
      ordered: !isDirectoryBucket(bucket),
      budget,
      waiting: this.#waiting,
      restoreStatus: true,
      counters,
      signal,
      onRangeFailed: onFailed,
      clock: this.#clock,
    };
    for await (const page of listParallelAs(bucket, options, writtenEntries, (lines) => lines)) {
      this.#hasListed = true;
      yield page;
    }
  }

  async *#listWithDelimiter({ delimiter, prefix }: PartLine, share: BudgetShare): Pages<Entry> {
    const { bucket, counters, signal } = this.#context;
    let token: string | undefined;
    do {
      const query = { delimiter, prefix, continuationToken: token, restoreStatus: true };
      const page = await listObjects(bucket, query, { signal });
      share.noteReply(1, this.#clock.now());
      // A server that gives the same token again would be listed for ever.
      if (page.nextToken !== undefined && page.nextToken === token) {
        throw new UnexpectedReplyError(
          `the listing of "${prefix}" does not go on after ${JSON.stringify(token)}`,
        );
      }
      token = page.nextToken;
      this.#hasListed = true;
      const entries = new ListedEntries(page);
      counters.add(bucket.name, "Objects", entries.length);
      counters.add(bucket.name, "Bytes", entries.totalBytes);
      // Keys behind a delimiter are another line's.
      for (const hidden of page.commonPrefixes) this.hidden.noteHidden(hidden);
      if (page.commonPrefixes.length > 0) {
        counters.add(bucket.name, "CommonPrefixes", page.commonPrefixes.length);
      }
      if (entries.length > 0) yield entries;
    } while (token !== undefined);
  }
}
