import { bucketRequest } from "./bucket-request.ts";
import type { CallOptions, S3Bucket } from "./client.ts";
import { listPageOf } from "./list-page.ts";
import type { ListPage } from "./list-page.ts";
import { TransportError } from "./transport.ts";

export type { ListedObject, ListPage } from "./list-page.ts";

/** Which part of a bucket to list, and what of it. */
export interface ListQuery {
  readonly prefix?: string | undefined;
  /** Keys that have it after the prefix are not listed but their beginnings up to it, as common prefixes. */
  readonly delimiter?: string | undefined;
  /** Lists keys after this one, in the order of their UTF-8 bytes; it need not exist. */
  readonly startAfter?: string | undefined;
  /** The `nextToken` of the page before. */
  readonly continuationToken?: string | undefined;
  /** At most, and by default, 1000. */
  readonly maxKeys?: number | undefined;
  /** Asks for the restore state of archived objects. */
  readonly restoreStatus?: boolean | undefined;
  /** Which part of the bucket it looks into; see `S3Request`. */
  readonly part?: number | undefined;
}

/**
 * Lists one page of a bucket (ListObjectsV2). Keys are asked for percent-encoded, since XML cannot carry every character. A list
 * without an end is asked for again, as any body that breaks off. Throws an UnexpectedReplyError for what is no list at all.
 */
export function listObjects(
  bucket: S3Bucket,
  query: ListQuery = {},
  options?: CallOptions,
): Promise<ListPage> {
  const request = bucketRequest(bucket, {
    operation: "ListObjectsV2",
    method: "GET",
    part: query.part,
    query: {
      "list-type": "2",
      "encoding-type": "url",
      prefix: query.prefix || undefined,
      delimiter: query.delimiter || undefined,
      "start-after": query.startAfter || undefined,
      "continuation-token": query.continuationToken,
      "max-keys": query.maxKeys?.toString(),
    },
    headers: {
      "x-amz-optional-object-attributes": query.restoreStatus ? "RestoreStatus" : undefined,
    },
  });
  return bucket.s3.retrying(async (_attempt, once) => {
    const { bytes } = await bucket.s3.fetch(request, once);
    try {
      return listPageOf(bytes);
    } catch (error) {
      if (!isCut(bytes)) throw error;
      throw new TransportError("CUT_REPLY", "the list that came has no end", "body", error);
    }
  }, options);
}

/** Whether a list has begun but not ended: something on the way has cut it and then ended the reply in good order. */
function isCut(bytes: Buffer): boolean {
  return bytes.includes("<ListBucketResult") && !bytes.includes("</ListBucketResult");
}
