import { Counters } from "../counters.ts";
import { UserError } from "../errors.ts";
import { type ConnectedBucket, sharedTransports } from "../s3/connect.ts";
import { S3Error } from "../s3/error.ts";
import { explain } from "../s3/explain.ts";
import { TransportError } from "../s3/transport.ts";
import { OutputClosed } from "../stream/lines.ts";
import { connectSide } from "./connect-side.ts";
import type { Io } from "./io.ts";
import type { SideValues } from "./options.ts";

/**
 * Does a piece of work that only reads, and may need a bucket: `open` connects to it when it is
 * first called. Turns what S3 answers into a UserError of the work; an output that nobody reads any
 * more ends it in peace.
 */
export async function withBucket(
  io: Io,
  side: SideValues,
  {
    doing,
    operation = "ListObjectsV2",
    concurrency,
    counters = new Counters(),
  }: {
    readonly doing: string;
    /** S3's name of what it asks for, for the permission that takes. */
    readonly operation?: string;
    readonly concurrency: number;
    /** Counts what was tried again and throttled. */
    readonly counters?: Counters | undefined;
  },
  work: (open: () => Promise<ConnectedBucket>) => Promise<void>,
): Promise<void> {
  let bucket: ConnectedBucket | undefined;
  const open = async (): Promise<ConnectedBucket> =>
    (bucket ??= await connectSide(io, side, {
      concurrency,
      counters,
      transport: sharedTransports(),
      warned: new Set(),
      check: true,
    }));
  try {
    await work(open);
  } catch (error) {
    if (error instanceof OutputClosed) return;
    if (io.interrupted.aborted) throw new UserError("interrupted", "interrupted");
    if (bucket === undefined || !(error instanceof S3Error || error instanceof TransportError)) {
      throw error;
    }
    throw explain(error, doing, bucket, operation);
  } finally {
    await bucket?.s3.close();
  }
}
