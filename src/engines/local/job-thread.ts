import type { MessagePort } from "node:worker_threads";
import { Counters } from "../../counters.ts";
import { CopyWay } from "../../stages/copy-way.ts";
import { Calls } from "./calls.ts";
import { connectSides, type Sides, type SidesSetup } from "./connect-sides.ts";
import type { JobKeeper, ListTaken, PageAsk, PageTaken } from "./job.ts";
import { LocalWorker, type LocalWorkerOptions } from "./local-worker.ts";

/** What a thread that works on a job is started with: plain data. */
export interface JobThreadData
  extends
    Omit<SidesSetup, "env">,
    Pick<
      LocalWorkerOptions,
      "keys" | "concurrency" | "adaptive" | "pageSize" | "notesBegun" | "mostRemoved"
    > {
  /** What the workers of the job share of which way bytes go. */
  readonly wayMemory: SharedArrayBuffer;
}

/** How often a thread tells what it has done, in milliseconds: twice as often as somebody looks. */
const tallyMs = 125;

/** Works for the thread that has started this one. */
export function runJobThread(port: MessagePort, data: JobThreadData): void {
  const stop = new AbortController();
  let sides: Sides | undefined;
  let worker: LocalWorker;
  let timer: NodeJS.Timeout | undefined;
  const keeper: JobKeeper = {
    begin: (lines) => calls.call("begin", lines),
    mayDelete: (count, targets) => calls.call("mayDelete", [count, targets]),
    settle: (done) => calls.call("settle", done),
  };
  const calls = new Calls(port, {
    async open() {
      const { signal } = stop;
      // What there is to warn of was told where the job was begun.
      sides = await connectSides({ ...data, env: process.env }, { signal, warn: () => {} });
      const { source, target } = sides;
      const requests = (): ReturnType<Sides["requests"]> => sides!.requests();
      const counters = new Counters();
      const { job, wayMemory } = data;
      const way = new CopyWay(job.copy.via ?? "auto", source, target, wayMemory);
      const context = { ...data, source, target, requests, counters, keeper, signal, way };
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
