import type { Entry } from "../../record/entry.ts";
import { type Result, resultCodec } from "../../record/result.ts";
import { maxDeletes } from "../../s3/delete-objects.ts";
import { deleteEntries } from "../../stages/objectdelete.ts";
import { undoneResult } from "../../stages/outcome.ts";
import { Stopper } from "../../stages/stopper.ts";
import { mapConcurrent } from "../../stream/map-concurrent.ts";
import { isGivenUp } from "./given-up.ts";
import type { Interval } from "./interval.ts";
import { Spread } from "./spread.ts";
import type { WorkContext } from "./copy-line.ts";

/** How long an object waits at most for others to be deleted with one request, in milliseconds. */
const maxWaitMs = 250;

/** Requests at a time; each deletes a thousand objects, which is nearly all that S3 takes a second. */
const maxRequests = 4;

interface Removal {
  readonly entry: Entry;
  readonly interval: Interval;
}

/** Deletes what only the target has, for all intervals that a worker has under way: a thousand with one request. */
export class RemovalLine {
  readonly #context: WorkContext;
  #batch: Removal[] = [];
  readonly #batches = new Spread<readonly Removal[]>();
  #timer: NodeJS.Timeout | undefined;
  /** Resolves at the end; rejects when the line stops though it was not told to. */
  readonly stopped: Promise<void>;

  constructor(context: WorkContext) {
    this.#context = context;
    this.stopped = this.#run();
    // It is for who ends the line to tell.
    this.stopped.catch(() => {});
  }

  add(interval: Interval, removed: readonly Entry[]): void {
    interval.open(removed.length);
    for (const entry of removed) {
      if (this.#batch.push({ entry, interval }) === maxDeletes) this.#send();
    }
    if (this.#batch.length > 0) this.#timer ??= setTimeout(() => this.#send(), maxWaitMs);
  }

  /** Takes what must not be deleted, because it is too much. */
  refuse(interval: Interval, removed: readonly Entry[]): void {
    const undone = { outcome: "skipped", code: "MaxDelete" } as const;
    for (const entry of removed) this.#count(interval, undoneResult(entry, undone));
  }

  /** Waits for all that was added. */
  end(): Promise<void> {
    this.#send();
    this.#batches.end();
    return this.stopped;
  }

  /** Gives up what nobody has begun. */
  drop(): Promise<void> {
    clearTimeout(this.#timer);
    this.#batches.drop();
    return this.stopped;
  }

  #send(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#batch.length > 0) this.#batches.add([this.#batch], () => {});
    this.#batch = [];
  }

  async #run(): Promise<void> {
    const { target, signal } = this.#context;
    const stopper = new Stopper(signal);
    const options = { concurrency: maxRequests };
    const done = mapConcurrent(
      this.#batches.pages(() => 1),
      options,
      (batch) => {
        const entries = batch.map(({ entry }) => entry);
        return stopper
          .guard(
            entries,
            () => deleteEntries(target, entries, { signal }),
            (_, undone) => entries.map((entry) => undoneResult(entry, undone)),
          )
          .then((results) => [{ batch, results }]);
      },
    );
    for await (const page of done) {
      for (const { batch, results } of page) this.#finish(batch, results);
    }
    stopper.throwIfStopped();
  }

  /** Results are in the order of what was to be deleted. */
  #finish(batch: readonly Removal[], results: readonly Result[]): void {
    for (const [i, { interval }] of batch.entries()) {
      this.#count(interval, results[i]!);
      interval.close();
    }
  }

  #count(interval: Interval, result: Result): void {
    const { job, counts } = this.#context;
    const outcome = result.attributes?.outcome;
    const name = outcome === "skipped" || outcome === "failed" ? "undeleted" : "deleted";
    interval.counts[name]++;
    counts[name]++;
    if (outcome === "failed" && isGivenUp(result.attributes?.code ?? ""))
      interval.isUnsettled = true;
    if (job.results === "all" || name === "undeleted") {
      interval.addLine(resultCodec.encode(result));
    }
  }
}
