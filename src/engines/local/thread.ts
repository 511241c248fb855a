import { isMainThread, parentPort, workerData } from "node:worker_threads";
import type { JobThreadData } from "./job-thread.ts";
import type { LinesThreadData } from "./lines-thread.ts";

/** What a thread is for, and what it needs to know: plain data. */
export interface ThreadData {
  readonly job?: JobThreadData;
  readonly lines?: LinesThreadData;
}

/** The file that a thread runs: this one, or the one that this was bundled into. */
export const threadFile = new URL(import.meta.url);

/** Marks the data of our threads: a program that uses the library may have others. */
interface MarkedData {
  readonly campanile?: ThreadData;
}

const { campanile: data } = (workerData ?? {}) as MarkedData;
if (!isMainThread && parentPort !== null && data !== undefined) {
  // What the other kind is made of is not loaded.
  if (data.job !== undefined) {
    const { runJobThread } = await import("./job-thread.ts");
    runJobThread(parentPort, data.job);
  }
  if (data.lines !== undefined) {
    const { runLinesThread } = await import("./lines-thread.ts");
    runLinesThread(parentPort, data.lines);
  }
}
