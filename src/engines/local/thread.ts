import { isMainThread, parentPort, workerData } from "node:worker_threads";
import { Counters } from "../../counters.ts";
import { Calls } from "./calls.ts";
import { connectSides, type Sides, type SidesSetup } from "./connect-sides.ts";
import type { JobKeeper, ListTaken, PageAsk, PageTaken } from "./job.ts";
import { LocalWorker, type LocalWorkerOptions } from "./local-worker.ts";

/** What a thread is started with: plain data. */
export interface ThreadData
  extends
    Omit<SidesSetup, "env">,
    Pick<LocalWorkerOptions, "keys" | "concurrency" | "adaptive" | "pageSize" | "notesBegun"> {}

/** The file that a thread runs: this one, or the one that this was bundled into. */
export const threadFile = new URL(import.meta.url);

/** How often a thread tells what it has done, in milliseconds: twice as often as somebody looks. */
const tallyMs = 125;

/** Works for the thread that has started this one. */
export function runThread(port: NonNullable<typeof parentPort>, data: ThreadData): void {
  const stop = new AbortController();
  let sides: Sides | undefined;
  let worker: LocalWorker;
  let timer: NodeJS.Timeout | undefined;
  const keeper: JobKeeper = {
    begin: (lines) => calls.call("begin", lines),
    mayDelete: (count, targets) => calls.call("mayDelete", [count, targets]),
  };
  const calls = new Calls(port, {
    async open() {
      const { signal } = stop;
      // What there is to warn of was told where the job was begun.
      sides = await connectSides({ ...data, env: process.env }, { signal, warn: () => {} });
      const { source, target } = sides;
      const requests = (): ReturnType<Sides["requests"]> => sides!.requests();
      const counters = new Counters();
      const context = { ...data, source, target, requests, counters, keeper, signal };
      worker = new LocalWorker(context);
      timer = setInterval(() => void calls.call("tally", worker.tally()), tallyMs);
    },
    list: (ask: PageAsk) => worker.list(ask),
    show: ([range, upTo]: [number, Uint8Array]) => worker.show(range, upTo),
    names: (folder: Uint8Array) => worker.names(folder),
    work: (taken: PageTaken, tell) => worker.work(taken, tell),
    workList: (taken: ListTaken, tell) => worker.workList(taken, tell),
    abort: () => stop.abort(new Error("interrupted")),
    async close(giveUp: boolean) {
      clearInterval(timer);
      await worker.close(giveUp);
      await sides?.close();
      return worker.tally();
    },
  });
}

/** Marks the data of our threads: a program that uses the library may have others. */
interface MarkedData {
  readonly campanile?: ThreadData;
}

const { campanile: data } = (workerData ?? {}) as MarkedData;
if (!isMainThread && parentPort !== null && data !== undefined) runThread(parentPort, data);
