import { availableParallelism } from "node:os";
import { Counters } from "../counters.ts";
import { connectSides, type RateLimit, type Sides } from "../engines/local/connect-sides.ts";
import type { Job, JobKeeper, JobWorker } from "../engines/local/job.ts";
import { LocalWorker } from "../engines/local/local-worker.ts";
import { memoryOfRate } from "../engines/local/shared-rate.ts";
import { ThreadWorker } from "../engines/local/thread-worker.ts";
import { CopyWay } from "../stages/copy-way.ts";
import { memoryOfWay } from "../stages/shared-way.ts";
import { checkBucket } from "./connect-side.ts";
import { customerKeys } from "./customer-keys.ts";
import { type Io, say } from "./io.ts";
import type { LocalValues } from "./job-options.ts";

/** Both sides of a job, and who works on it. */
export interface JobCrew extends Pick<Sides, "source" | "target" | "close"> {
  /** Works in this thread. */
  readonly first: (keeper: JobKeeper) => JobWorker;
  /** Starts threads that work besides. */
  readonly more: (keeper: JobKeeper) => readonly Promise<JobWorker>[];
}

/** The most copies at a time, in all workers together, where it is found out how many pay. */
const mostCopies = 256;

/** Requests to a side that are no copies: those of listings. */
const listRequests = 64;

/** Connects to both sides, and gets ready to work. Throws a UserError where one is not there. */
export async function openCrew(
  io: Io,
  job: Job,
  values: LocalValues & { readonly signal: AbortSignal; readonly notesBegun: boolean },
): Promise<JobCrew> {
  const { signal, notesBegun, workers = availableParallelism() } = values;
  const { env, home, cwd } = io;
  const concurrency = Math.ceil((values.concurrency ?? mostCopies) / workers);
  const limit = (perSecond: number | undefined): RateLimit | undefined =>
    perSecond === undefined ? undefined : { perSecond, memory: memoryOfRate() };
  const setup = {
    job,
    home,
    cwd,
    connections: concurrency + listRequests,
    maxRequests: limit(values.maxRequestsPerSecond),
    bandwidth: limit(values.bandwidth),
  };
  const warn = (text: string): void => say(io, `campanile: warning: ${text}`);
  const sides = await connectSides({ ...setup, env }, { signal, warn });
  try {
    const { source, target } = sides;
    await checkBucket(source, signal);
    await checkBucket(target, signal);
    const keys = await customerKeys(io, job.copy, sides);
    // Found out once: threads need not ask again.
    const known: Job = {
      ...job,
      source: { ...job.source, region: source.region },
      target: { ...job.target, region: target.region },
    };
    const adaptive = values.concurrency === undefined;
    const context = { keys, concurrency, adaptive, notesBegun };
    const counters = new Counters();
    const wayMemory = memoryOfWay();
    const way = new CopyWay(job.copy.via ?? "auto", source, target, wayMemory);
    return {
      ...sides,
      first: (keeper) =>
        new LocalWorker({ ...sides, ...context, job: known, way, counters, keeper, signal }),
      more: (keeper) =>
        Array.from({ length: workers - 1 }, () =>
          ThreadWorker.start(
            { ...setup, ...context, wayMemory, job: known },
            { keeper, env, signal },
          ),
        ),
    };
  } catch (error) {
    await sides.close();
    throw error;
  }
}
