import { UserError } from "../errors.ts";
import { headBucket } from "../s3/bucket.ts";
import { type ConnectedBucket, connectBucket, type TransportFactory } from "../s3/connect.ts";
import { S3Error } from "../s3/error.ts";
import { explain } from "../s3/explain.ts";
import { listObjects } from "../s3/list-objects.ts";
import type { Counters } from "../counters.ts";
import { type Io, say } from "./io.ts";
import type { SideValues } from "./options.ts";

/** Connects to one side's bucket; warnings that two sides share are said once. */
export async function connectSide(
  io: Io,
  side: SideValues,
  more: {
    readonly concurrency: number;
    readonly counters: Counters;
    readonly transport: TransportFactory;
    readonly warned: Set<string>;
    /**
     * Whether to ask for the bucket first, so that one that is not there is told before any work.
     */
    readonly check: boolean;
    /** Told of each request that is sent, tries included. */
    readonly onRequest?: ((operation: string) => void) | undefined;
  },
): Promise<ConnectedBucket> {
  const { concurrency, counters, transport, warned, check, onRequest } = more;
  const bucket = await connectBucket({
    ...side,
    env: io.env,
    home: io.home,
    cwd: io.cwd,
    concurrency,
    transport,
    signal: io.interrupted,
    warn: (text) => {
      if (!warned.has(text)) say(io, `campanile: warning: ${text}`);
      warned.add(text);
    },
    onRequest,
    onRetry: () => counters.add(side.bucket, "Retries"),
    onThrottle: () => counters.add(side.bucket, "Throttled"),
  });
  if (check) await checkBucket(bucket, io.interrupted);
  return bucket;
}

/**
 * Throws a UserError where the bucket is not there or the keys are not known. A caller who may not
 * list it may still read and write.
 */
export async function checkBucket(bucket: ConnectedBucket, signal: AbortSignal): Promise<void> {
  const doing = `open "s3://${bucket.name}"`;
  try {
    await headBucket(bucket, { signal });
  } catch (error) {
    if (!(error instanceof S3Error && error.status === 403))
      throw explain(error, doing, bucket, "HeadBucket");
    // The answer to a HEAD has no body that would tell a wrong key from one that lacks a right.
    const denied: unknown = await listObjects(bucket, { maxKeys: 1 }, { signal }).catch(
      (e: unknown) => e,
    );
    if (denied instanceof S3Error && denied.code !== "AccessDenied") {
      throw explain(denied, doing, bucket, "ListObjectsV2");
    }
    if (denied instanceof UserError) throw denied;
  }
}
