import { type ResourceLimits, Worker } from "node:worker_threads";
import { UserError } from "../../errors.ts";
import { type Answers, Calls } from "./calls.ts";
import { type ThreadData, threadFile } from "./thread.ts";

/** Young objects of a thread take half of what Node lets them, in MB: it costs no time, and each thread 20 MB less. */
const threadLimits: ResourceLimits = { maxYoungGenerationSizeMb: 24 };

/** What a thread runs in. */
export interface ThreadPlace {
  readonly env: NodeJS.ProcessEnv;
  readonly resourceLimits?: ResourceLimits | undefined;
}

/** A thread of ours, and the calls to it. Where it dies all of them fail, with a UserError. */
export class OwnThread {
  readonly calls: Calls;
  readonly #thread: Worker;
  #isEnding = false;

  constructor(
    data: ThreadData,
    { env, resourceLimits = threadLimits }: ThreadPlace,
    answers: Answers = {},
  ) {
    this.#thread = new Worker(threadFile, { workerData: { campanile: data }, env, resourceLimits });
    this.calls = new Calls(this.#thread, answers);
    this.#thread.on("error", (error) => this.#end(error as Error));
    this.#thread.on("exit", (code) => this.#end(new Error(`it ended with status ${code}`)));
  }

  /** Tells that its end is no accident any more. */
  expectEnd(): void {
    this.#isEnding = true;
  }

  async end(): Promise<void> {
    this.expectEnd();
    await this.#thread.terminate();
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
    this.calls.fail(this.#isEnding ? error : told);
  }
}

/** Bytes with nothing around them, to be sent: a clone takes all of the memory that they are a view of. */
export function owned<Bytes extends Uint8Array | undefined>(bytes: Bytes): Bytes {
  return bytes === undefined ? bytes : (Uint8Array.from(bytes) as Bytes);
}
