import type { FolderListing } from "../../ranges/page-source.ts";
import { noCounts } from "../../run/run.ts";
import type { Calls } from "./calls.ts";
import type {
  IntervalDone,
  JobKeeper,
  JobWorker,
  ListTaken,
  PageAsk,
  PageTaken,
  WorkerTally,
} from "./job.ts";
import type { JobThreadData } from "./job-thread.ts";
import { OwnThread, owned, type ThreadPlace } from "./own-thread.ts";
import type { ShownKeys } from "./shown-page.ts";

/** A worker in a thread of its own. */
export class ThreadWorker implements JobWorker {
  readonly #thread: OwnThread;
  readonly #calls: Calls;
  #tally: WorkerTally = { counts: noCounts, requests: 0, retries: 0, throttled: 0 };

  private constructor(data: JobThreadData, { keeper, signal, ...place }: ThreadPlace & JobPlace) {
    this.#thread = new OwnThread({ job: data }, place, {
      begin: (lines: Uint8Array) => keeper.begin(lines),
      mayDelete: ([count, targets]: [number, number]) => keeper.mayDelete(count, targets),
      settle: (done: IntervalDone) => keeper.settle(done),
      tally: (tally: WorkerTally) => (this.#tally = tally),
    });
    this.#calls = this.#thread.calls;
    signal.addEventListener("abort", () => this.#abort(), { once: true });
  }

  /** Starts a thread; resolves when it has connected to both sides. */
  static async start(data: JobThreadData, place: ThreadPlace & JobPlace): Promise<ThreadWorker> {
    const worker = new ThreadWorker(data, place);
    try {
      await worker.#calls.call("open", undefined);
      if (place.signal.aborted) worker.#abort();
      return worker;
    } catch (error) {
      await worker.#thread.end();
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
    this.#thread.expectEnd();
    try {
      this.#tally = await this.#calls.call<WorkerTally>("close", giveUp);
    } finally {
      await this.#thread.end();
    }
  }

  #abort(): void {
    // Where the thread is gone there is nothing to stop.
    this.#calls.call("abort", undefined).catch(() => {});
  }
}

/** Whose job it is. */
interface JobPlace {
  readonly keeper: JobKeeper;
  readonly signal: AbortSignal;
}
