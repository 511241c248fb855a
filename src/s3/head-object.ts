import { bucketRequest } from "./bucket-request.ts";
import type { Headers } from "./bucket-request.ts";
import type { CallOptions, S3Bucket } from "./client.ts";
import { S3Error } from "./error.ts";
import { quotedEtag } from "./etag.ts";
import { objectHeadOf } from "./object-head.ts";
import type { ObjectHead } from "./object-head.ts";
import type { HttpReply } from "./transport.ts";

/** Which state, and which part, of an object a HEAD or GET is about. */
export interface ObjectRead {
  /**
   * The ETag the object must still have, without quotes; another one is an S3Error
   * PreconditionFailed.
   */
  readonly ifMatch?: string | undefined;
  readonly versionId?: string | undefined;
  /**
   * From 1 up. Where a server does not know parts the whole object comes, and `partsCount` is
   * undefined.
   */
  readonly partNumber?: number | undefined;
  /** Asks for the object's checksum too; for an object under KMS this takes kms:Decrypt. */
  readonly checksums?: boolean | undefined;
  /** Further headers, as those of a customer's key. */
  readonly headers?: Headers | undefined;
}

/** Asks for an object's head (HeadObject). */
export async function headObject(
  bucket: S3Bucket,
  key: string,
  read: ObjectRead = {},
  options?: CallOptions,
): Promise<ObjectHead> {
  const reply = await bucket.s3.send(
    bucketRequest(bucket, { operation: "HeadObject", method: "HEAD", key, ...readOf(read) }),
    options,
  );
  reply.discard();
  return pinnedHeadOf(reply, bucket, read);
}

/**
 * Reads the head of what was asked for. Throws an S3Error PreconditionFailed where another object
 * came from a server that takes no notice of If-Match. To a part number some answer with the part's
 * own ETag.
 */
export function pinnedHeadOf(
  reply: Pick<HttpReply, "status" | "headers">,
  { name: bucket }: S3Bucket,
  { ifMatch, partNumber }: ObjectRead,
): ObjectHead {
  const head = objectHeadOf(reply);
  const { etag } = head;
  if (ifMatch === undefined || partNumber !== undefined || etag === "" || etag === ifMatch) {
    return head;
  }
  throw new S3Error("PreconditionFailed", `the object has the ETag ${etag}, not ${ifMatch}`, {
    status: 412,
    bucket,
  });
}

/** The query and the headers by which HEAD and GET say what they are about. */
export function readOf({ ifMatch, versionId, partNumber, checksums, headers }: ObjectRead): {
  query: Record<string, string | undefined>;
  headers: Headers;
} {
  return {
    query: { partNumber: partNumber?.toString(), versionId },
    headers: {
      ...headers,
      "if-match": ifMatch === undefined ? undefined : quotedEtag(ifMatch),
      "x-amz-checksum-mode": checksums ? "ENABLED" : undefined,
    },
  };
}
