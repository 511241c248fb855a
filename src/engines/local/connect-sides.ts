import {
  connectBucket,
  type ConnectedBucket,
  type ConnectOptions,
  sharedTransports,
} from "../../s3/connect.ts";
import { steadyClock } from "../../s3/clock.ts";
import { openTransport } from "../../s3/http-client.ts";
import type { Job, JobSide, WorkerTally } from "./job.ts";
import { limitedTransport } from "./limited-transport.ts";
import { SharedRate } from "./shared-rate.ts";

/** A limit of the whole job, however many threads share it: a rate, and the memory that they share for it. */
export interface RateLimit {
  readonly perSecond: number;
  readonly memory: SharedArrayBuffer;
}

/** How a worker reaches both sides; but for the environment it is plain data. */
export interface SidesSetup extends Pick<ConnectOptions, "env" | "home" | "cwd"> {
  readonly job: Job;
  /** Requests to a side that may be under way at a time. */
  readonly connections: number;
  readonly maxRequests?: RateLimit | undefined;
  readonly bandwidth?: RateLimit | undefined;
}

/** Both sides of a job, connected. */
export interface Sides {
  readonly source: ConnectedBucket;
  readonly target: ConnectedBucket;
  /** Requests to both. */
  requests(): Omit<WorkerTally, "counts">;
  close(): Promise<void>;
}

/** Connects to both sides. Throws a UserError where one cannot be reached. */
export async function connectSides(
  setup: SidesSetup,
  { signal, warn }: { readonly signal: AbortSignal; readonly warn: (text: string) => void },
): Promise<Sides> {
  const { job, env, home, cwd, connections } = setup;
  const tally = { requests: 0, retries: 0, throttled: 0 };
  const transport = sharedTransports(factoryOf(setup));
  const warned = new Set<string>();
  const connect = (side: JobSide): Promise<ConnectedBucket> =>
    connectBucket({
      ...side,
      env,
      home,
      cwd,
      concurrency: connections,
      transport,
      signal,
      // Two sides mostly read the same files.
      warn: (text) => {
        if (!warned.has(text)) warn(text);
        warned.add(text);
      },
      onRequest: () => tally.requests++,
      onRetry: () => tally.retries++,
      onThrottle: () => tally.throttled++,
    });
  const source = await connect(job.source);
  let target: ConnectedBucket;
  try {
    target = await connect(job.target);
  } catch (error) {
    await source.s3.close();
    throw error;
  }
  return {
    source,
    target,
    requests: () => tally,
    async close() {
      await Promise.all([source.s3.close(), target.s3.close()]);
    },
  };
}

function factoryOf({ maxRequests, bandwidth }: SidesSetup): typeof openTransport {
  if (maxRequests === undefined && bandwidth === undefined) return openTransport;
  const rateOf = (limit: RateLimit | undefined): SharedRate | undefined =>
    limit && new SharedRate(limit.memory, limit.perSecond, steadyClock);
  const limits = { requests: rateOf(maxRequests), bytes: rateOf(bandwidth) };
  return async (options) => limitedTransport(await openTransport(options), limits);
}
