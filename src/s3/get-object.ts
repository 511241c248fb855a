import { bucketRequest } from "./bucket-request.ts";
import type { CallOptions, S3Bucket } from "./client.ts";
import { pinnedHeadOf, readOf } from "./head-object.ts";
import type { ObjectRead } from "./head-object.ts";
import type { ObjectHead } from "./object-head.ts";
import type { HttpReply } from "./transport.ts";
import { UnexpectedReplyError } from "./unexpected-reply.ts";

/**
 * What of an object to get: all of it, a part by its number, or a range of bytes with both ends
 * included.
 */
export interface ObjectGet extends ObjectRead {
  readonly range?: { readonly first: number; readonly last: number } | undefined;
}

/**
 * Asks for an object's bytes (GetObject) and gives the reply with its body unread: the caller must
 * read or discard it. Throws an UnexpectedReplyError when other bytes come than the range that was
 * asked for, as from a server that ignores ranges.
 */
export async function getObject(
  bucket: S3Bucket,
  key: string,
  get: ObjectGet = {},
  options?: CallOptions,
): Promise<{ readonly head: ObjectHead; readonly reply: HttpReply }> {
  const { query, headers } = readOf(get);
  const { range } = get;
  const reply = await bucket.s3.send(
    bucketRequest(bucket, {
      operation: "GetObject",
      method: "GET",
      key,
      query,
      headers: { ...headers, range: range && `bytes=${range.first}-${range.last}` },
    }),
    options,
  );
  try {
    const head = pinnedHeadOf(reply, bucket, get);
    if (range) checkRange(range, head);
    return { head, reply };
  } catch (error) {
    reply.discard();
    throw error;
  }
}

function checkRange(asked: { readonly first: number; readonly last: number }, head: ObjectHead) {
  const came = head.range ?? { first: 0, last: head.size - 1 };
  if (came.first === asked.first && came.last === asked.last) return;
  throw new UnexpectedReplyError(
    `asked for bytes ${asked.first}-${asked.last}, got ${came.first}-${came.last}`,
  );
}
