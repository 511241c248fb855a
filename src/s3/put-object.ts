import { bucketRequest } from "./bucket-request.ts";
import type { Headers } from "./bucket-request.ts";
import { checksumHeader } from "./checksum.ts";
import type { BodyChecksum } from "./checksum.ts";
import type { CallOptions, S3Bucket, S3Request } from "./client.ts";
import { encryptionOf } from "./encryption.ts";
import type { Encryption } from "./encryption.ts";
import { bareEtag, quotedEtag } from "./etag.ts";

/** Bytes on their way into an object or a part. */
export interface BodySent {
  readonly body: NonNullable<S3Request["body"]>;
  /** In bytes. */
  readonly length: number;
  /** The MD5 of the bytes in hex; S3 answers BadDigest to other bytes. */
  readonly contentMd5?: string | undefined;
  readonly checksum?: BodyChecksum | undefined;
  /** Further headers: metadata, storage class, encryption, tags. */
  readonly headers?: Headers | undefined;
}

/**
 * What the target key must be for a write to take place; otherwise it is an S3Error
 * PreconditionFailed.
 */
export interface WriteCondition {
  /** The ETag of the object that is replaced, without quotes. */
  readonly ifMatch?: string | undefined;
  /** `*`: there is no object of this key. */
  readonly ifNoneMatch?: "*" | undefined;
}

/** What S3 says of an object it has just written. */
export interface ObjectWritten {
  /** Without quotes; empty from servers that do not tell. */
  readonly etag: string;
  readonly versionId: string | undefined;
  readonly encryption: Encryption;
}

/** Writes an object (PutObject). */
export async function putObject(
  bucket: S3Bucket,
  key: string,
  put: BodySent & WriteCondition,
  options?: CallOptions,
): Promise<ObjectWritten> {
  const { reply } = await bucket.s3.fetch(
    bucketRequest(bucket, {
      operation: "PutObject",
      method: "PUT",
      key,
      ...bodyOf(put),
      headers: { ...bodyHeaders(put), ...conditionHeaders(put) },
    }),
    options,
  );
  return writtenOf(reply.headers);
}

/** The body of a request that writes. */
export function bodyOf({ body, length }: BodySent): Pick<S3Request, "body" | "bodyLength"> {
  return { body, bodyLength: length };
}

/** The headers that go with a body. */
export function bodyHeaders({ headers, contentMd5, checksum }: BodySent): Headers {
  return {
    ...headers,
    ...checksumHeader(checksum),
    "content-md5": contentMd5 && Buffer.from(contentMd5, "hex").toString("base64"),
  };
}

/** The headers of a condition on the target. */
export function conditionHeaders({ ifMatch, ifNoneMatch }: WriteCondition): Headers {
  return {
    "if-match": ifMatch === undefined ? undefined : quotedEtag(ifMatch),
    "if-none-match": ifNoneMatch,
  };
}

/**
 * Reads what was written from a reply's headers; where the ETag comes in a document, it is given.
 */
export function writtenOf(headers: Headers, etag = headers["etag"] ?? ""): ObjectWritten {
  return {
    etag: bareEtag(etag),
    versionId: headers["x-amz-version-id"],
    encryption: encryptionOf(headers),
  };
}
