import { createHash, type Hash } from "node:crypto";
import type { CallOptions, S3Bucket } from "./client.ts";
import { getObject, type ObjectGet } from "./get-object.ts";
import type { ObjectHead } from "./object-head.ts";
import { TransportError } from "./transport.ts";
import type { HttpReply } from "./transport.ts";

/**
 * Up to here one write of the whole costs less than a stream of pieces, and it can be hashed before
 * it is sent.
 */
const heldBytes = 256 * 1024;

/**
 * How often one body may break off and be gone on with; a connection that brings nothing new
 * counts, whichever it is.
 */
const maxBreaks = 10;

/** The bytes of an object, or of a range of it, on their way from a bucket. */
export interface SourceBody {
  readonly head: ObjectHead;
  /** In bytes. */
  readonly length: number;
  /** The bytes, when there are few; else a stream that can be read once. */
  readonly body: Buffer | (() => AsyncIterable<Uint8Array>);
  /**
   * The MD5 of the bytes in hex, once the body is read to its end; undefined where it was not asked
   * for.
   */
  md5(): string | undefined;
  /** Gives up on a body that will not be read, or not to its end. */
  discard(): void;
}

/** What to read, and how. */
export interface SourceRead extends ObjectGet {
  readonly ifMatch: string;
  /** Whether to take the MD5 of what comes. */
  readonly hash: (head: ObjectHead) => boolean;
  /** The largest body that is read whole, in bytes; at most, and by default, 256 KiB. */
  readonly maxHeldBytes?: number | undefined;
}

/**
 * Begins to read an object. A body that breaks off is gone on with from its last good byte, by a
 * range of the same object (If-Match), so that what takes it needs not begin anew.
 */
export async function openSource(
  bucket: S3Bucket,
  key: string,
  { hash, maxHeldBytes = heldBytes, ...get }: SourceRead,
  options: CallOptions,
): Promise<SourceBody> {
  const { head, reply } = await getObject(bucket, key, get, options);
  const digest = hash(head) ? createHash("md5") : undefined;
  let md5: string | undefined;
  const end = (): void => {
    md5 = digest?.digest("hex");
  };
  if (head.size <= Math.min(maxHeldBytes, heldBytes)) {
    const body = await reply.bytes(heldBytes);
    digest?.update(body);
    end();
    return { head, length: head.size, body, md5: () => md5, discard: () => {} };
  }
  let stream: AsyncGenerator<Uint8Array> | undefined;
  let hasBegun = false;
  const begin = (): void => {
    hasBegun = true;
  };
  const source = { get, head, reply, digest, begin, hasBegun: () => hasBegun, end };
  return {
    head,
    length: head.size,
    body: () => (stream = resuming(bucket, key, source, options)),
    md5: () => md5,
    discard() {
      if (!hasBegun) reply.discard();
      // One that waits for bytes ends when they come; whether it then fails concerns nobody any
      // more.
      else stream?.return(undefined).catch(() => {});
    },
  };
}

async function* resuming(
  bucket: S3Bucket,
  key: string,
  source: {
    readonly get: ObjectGet;
    readonly head: ObjectHead;
    readonly reply: HttpReply;
    readonly digest: Hash | undefined;
    readonly begin: () => void;
    readonly hasBegun: () => boolean;
    readonly end: () => void;
  },
  options: CallOptions,
): AsyncGenerator<Uint8Array> {
  const { get, head, digest } = source;
  if (source.hasBegun()) {
    // The write was answered by how to send it anew: to another region, with new credentials. That is
    // for who can read the bytes anew.
    throw new TransportError("BODY_USED", "the body has been sent once already", "unsent");
  }
  source.begin();
  const first = head.range?.first ?? 0;
  let { reply } = source;
  let read = 0;
  for (let breaks = 0; ;) {
    try {
      for await (const chunk of reply.stream()) {
        digest?.update(chunk);
        read += chunk.length;
        yield chunk;
      }
      break;
    } catch (error) {
      if (!(error instanceof TransportError) || ++breaks > maxBreaks || read >= head.size)
        throw error;
    }
    const rest = {
      ...get,
      partNumber: undefined,
      range: { first: first + read, last: first + head.size - 1 },
    };
    ({ reply } = await getObject(bucket, key, rest, options));
  }
  source.end();
}
