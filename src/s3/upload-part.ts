import { bucketRequest } from "./bucket-request.ts";
import type { Headers } from "./bucket-request.ts";
import { checksumOfElement, checksumOfHeaders } from "./checksum.ts";
import type { Checksum } from "./checksum.ts";
import type { CallOptions, S3Bucket } from "./client.ts";
import { sourceHeaders } from "./copy-object.ts";
import type { CopySource } from "./copy-object.ts";
import { encryptionOf } from "./encryption.ts";
import type { Encryption } from "./encryption.ts";
import { bareEtag } from "./etag.ts";
import { bodyHeaders, bodyOf } from "./put-object.ts";
import type { BodySent } from "./put-object.ts";
import { flatXml } from "./flat-xml.ts";

/** Which part of which upload. Sent again, a part takes the place of the one before. */
export interface PartAddress {
  readonly uploadId: string;
  /** From 1 to 10,000. */
  readonly partNumber: number;
}

/** What S3 says of a part it has just taken. */
export interface PartWritten {
  /** Without quotes; the MD5 of the part's bytes where the encryption is `none` or `AES256`. */
  readonly etag: string;
  readonly encryption: Encryption;
  readonly checksum: Checksum | undefined;
}

/** Sends a part's bytes (UploadPart). */
export async function uploadPart(
  bucket: S3Bucket,
  key: string,
  part: PartAddress & BodySent,
  options?: CallOptions,
): Promise<PartWritten> {
  const { reply } = await bucket.s3.fetch(
    bucketRequest(bucket, {
      operation: "UploadPart",
      method: "PUT",
      key,
      query: partQuery(part),
      ...bodyOf(part),
      headers: bodyHeaders(part),
    }),
    options,
  );
  return {
    etag: bareEtag(reply.headers["etag"] ?? ""),
    encryption: encryptionOf(reply.headers),
    checksum: checksumOfHeaders(reply.headers),
  };
}

/** A part that S3 itself reads from another object. */
export interface PartCopy extends PartAddress {
  readonly source: CopySource;
  /**
   * Offsets in the source, both ends included; all of it where left out. S3 allows a range only in
   * a source larger than 5 MB (InvalidRequest otherwise).
   */
  readonly range?: { readonly first: number; readonly last: number } | undefined;
  readonly headers?: Headers | undefined;
}

/** Has S3 copy bytes of an object into a part (UploadPartCopy). */
export async function uploadPartCopy(
  target: S3Bucket,
  key: string,
  part: PartCopy,
  options?: CallOptions,
): Promise<PartWritten> {
  const { range } = part;
  const { reply, bytes } = await target.s3.fetch(
    bucketRequest(target, {
      operation: "UploadPartCopy",
      method: "PUT",
      key,
      query: partQuery(part),
      headers: {
        ...part.headers,
        ...sourceHeaders(part.source),
        "x-amz-copy-source-range": range && `bytes=${range.first}-${range.last}`,
      },
    }),
    options,
  );
  const result = flatXml(bytes, "CopyPartResult");
  return {
    etag: bareEtag(result.text("ETag") ?? ""),
    encryption: encryptionOf(reply.headers),
    checksum: checksumOfElement(result),
  };
}

function partQuery({ partNumber, uploadId }: PartAddress): Record<string, string> {
  return { partNumber: String(partNumber), uploadId };
}
