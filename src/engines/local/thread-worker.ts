import { type ResourceLimits, Worker } from "node:worker_threads";
import { UserError } from "../../errors.ts";
import type { FolderListing } from "../../ranges/page-source.ts";
import { noCounts } from "../../run/run.ts";
import { Calls } from "./calls.ts";
import type {
  IntervalDone,
  JobKeeper,
  JobWorker,
  ListTaken,
  PageAsk,
  PageTaken,
  WorkerTally,
} from "./job.ts";
import type { ShownKeys } from "./shown-page.ts";
import { type ThreadData, threadFile } from "./thread.ts";

/** Young objects of a thread take half of what Node lets them, in MB: it costs no time, and each thread 20 MB less. */
const threadLimits: ResourceLimits = { maxYoungGenerationSizeMb: 24 };

/** A worker in a thread of its own. */
export class ThreadWorker implements JobWorker {
  readonly #thread: Worker;
  readonly #calls: Calls;
  #tally: WorkerTally = { counts: noCounts, requests: 0, retries: 0, throttled: 0 };
  #isClosing = false;

  private constructor(thread: Worker, keeper: JobKeeper, signal: AbortSignal) {
    this.#thread = thread;
    this.#calls = new Calls(thread, {
      begin: (lines: Uint8Array) => keeper.begin(lines),
      mayDelete: ([count, targets]: [number, number]) => keeper.mayDelete(count, targets),
      tally: (tally: WorkerTally) => (this.#tally = tally),
    });
    thread.on("error", (error) => this.#end(error as Error));
    thread.on("exit", (code) => this.#end(new Error(`it ended with status ${code}`)));
    signal.addEventListener("abort", () => this.#abort(), { once: true });
  }

  /** Starts a thread; resolves when it has connected to both sides. */
  static async start(
    data: ThreadData,
    {
      keeper,
      env,
      signal,
      resourceLimits = threadLimits,
    }: {
      readonly keeper: JobKeeper;
      readonly env: NodeJS.ProcessEnv;
      readonly signal: AbortSignal;
      readonly resourceLimits?: ResourceLimits;
    },
  ): Promise<ThreadWorker> {
    const workerData = { campanile: data };
    const thread = new Worker(threadFile, {
      workerData,
      env,
      resourceLimits,
    });
    const worker = new ThreadWorker(thread, keeper, signal);
    try {
      await worker.#calls.call("open", undefined);
      if (signal.aborted) worker.#abort();
      return worker;
    } catch (error) {
      worker.#isClosing = true;
      await thread.terminate();
      throw error;
    }
  }

  list(ask: PageAsk): Promise<ShownKeys> {
    const { after, upTo } = ask;
    return this.#calls.call("list", { ...ask, after: owned(after), upTo: owned(upTo) });
  }

  show(range: number, upTo: Uint8Array): Promise<ShownKeys> {
    return this.#calls.call("show", [range, owned(upTo)]);
  }

  names(folder: Uint8Array): Promise<FolderListing> {
    return this.#calls.call("names", owned(folder));
  }

  work(taken: PageTaken, onRoom: () => void): Promise<IntervalDone> {
    const { after, upTo } = taken;
    return this.#calls.call("work", { ...taken, after: owned(after), upTo: owned(upTo) }, onRoom);
  }

  workList(taken: ListTaken, onRoom: () => void): Promise<IntervalDone> {
    const { after, upTo } = taken;
    return this.#calls.call(
      "workList",
      { ...taken, after: owned(after), upTo: owned(upTo) },
      onRoom,
    );
  }

  tally(): WorkerTally {
    return this.#tally;
  }

  async close(giveUp: boolean): Promise<void> {
    this.#isClosing = true;
    try {
      this.#tally = await this.#calls.call<WorkerTally>("close", giveUp);
    } finally {
      await this.#thread.terminate();
    }
  }

  #abort(): void {
    // Where the thread is gone there is nothing to stop.
    this.#calls.call("abort", undefined).catch(() => {});
  }

  #end(error: Error): void {
    const told = new UserError(
      "failed",
      `cannot go on: a worker thread has died: ${error.message}`,
      {
        cause: error,
        hint: "with fewer --workers and less --concurrency it takes less memory",
      },
    );
    this.#calls.fail(this.#isClosing ? error : told);
  }
}

/** Bytes with nothing around them: a clone takes all of the memory that they are a view of. */
function owned<Bytes extends Uint8Array | undefined>(bytes: Bytes): Bytes {
  return bytes === undefined ? bytes : (Uint8Array.from(bytes) as Bytes);
}
