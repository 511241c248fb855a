import { Counters } from "../counters.ts";
import type { Job, JobKeeper, JobWorker } from "../engines/local/job.ts";
import { LocalWorker } from "../engines/local/local-worker.ts";
import { type ConnectedBucket, sharedTransports } from "../s3/connect.ts";
import { connectSide } from "./connect-side.ts";
import { customerKeys } from "./customer-keys.ts";
import type { Io } from "./io.ts";
import type { LocalValues } from "./job-options.ts";

/** Both sides of a job, and who works on it. */
export interface JobCrew {
  readonly source: ConnectedBucket;
  readonly target: ConnectedBucket;
  readonly workers: (keeper: JobKeeper) => Promise<readonly JobWorker[]>;
  close(): Promise<void>;
}

/** Copies at a time, in all workers together, unless told otherwise. */
const defaultConcurrency = 64;

/** Connects to both sides, and gets ready to work. Throws a UserError where one is not there. */
export async function openCrew(
  io: Io,
  job: Job,
  {
    signal,
    notesBegun,
    concurrency = defaultConcurrency,
  }: LocalValues & { readonly signal: AbortSignal; readonly notesBegun: boolean },
): Promise<JobCrew> {
  const counters = new Counters();
  const transport = sharedTransports();
  const warned = new Set<string>();
  let requests = 0;
  const buckets: ConnectedBucket[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(buckets.map((bucket) => bucket.s3.close()));
  };
  const connect = async (side: Job["source"]): Promise<ConnectedBucket> => {
    const bucket = await connectSide(io, side, {
      concurrency: concurrency + 64,
      counters,
      transport,
      warned,
      check: true,
      onRequest: () => requests++,
    });
    buckets.push(bucket);
    return bucket;
  };
  try {
    const source = await connect(job.source);
    const target = await connect(job.target);
    const keys = await customerKeys(io, job.copy, { source, target });
    const names = new Set([source.name, target.name]);
    const count = (name: string): number => {
      let total = 0;
      for (const bucket of names) total += counters.get(bucket, name);
      return total;
    };
    const context = { job, source, target, keys, counters, concurrency, signal, notesBegun };
    return {
      source,
      target,
      close,
      workers: async (keeper) => [
        new LocalWorker({
          ...context,
          keeper,
          requests: () => ({ requests, retries: count("Retries"), throttled: count("Throttled") }),
        }),
      ],
    };
  } catch (error) {
    await close();
    throw error;
  }
}
