import { bucketRequest } from "./bucket-request.ts";
import type { Headers } from "./bucket-request.ts";
import { checksumOfElement } from "./checksum.ts";
import type { Checksum, ChecksumAlgorithm } from "./checksum.ts";
import type { CallOptions, S3Bucket } from "./client.ts";
import { quotedEtag } from "./etag.ts";
import { percentEncode, percentEncodeKey } from "./percent-encode.ts";
import { writtenOf } from "./put-object.ts";
import type { ObjectWritten, WriteCondition } from "./put-object.ts";
import { flatXml } from "./flat-xml.ts";

/** The object that S3 itself reads, with the caller's rights. */
export interface CopySource {
  readonly bucket: string;
  readonly key: string;
  readonly versionId?: string | undefined;
  /** The ETag the source must still have, without quotes. */
  readonly ifMatch?: string | undefined;
}

/** How CopyObject makes the target. */
export interface ObjectCopy extends WriteCondition {
  readonly source: CopySource;
  /**
   * COPY where it is left out: S3 carries metadata and content headers over; REPLACE takes those in
   * `headers`.
   */
  readonly metadataDirective?: "COPY" | "REPLACE" | undefined;
  /** COPY where it is left out; REPLACE takes `x-amz-tagging` in `headers`. */
  readonly taggingDirective?: "COPY" | "REPLACE" | undefined;
  /** Has S3 compute a checksum of this kind; where it is left out the source's kind is kept. */
  readonly checksumAlgorithm?: ChecksumAlgorithm | undefined;
  /** Further headers: storage class, encryption, ACL, and what the directives replace. */
  readonly headers?: Headers | undefined;
}

/**
 * Has S3 copy an object of up to 5 GiB into this bucket (CopyObject); the copy always has a single
 * part, and its ETag says so.
 */
export async function copyObject(
  target: S3Bucket,
  key: string,
  copy: ObjectCopy,
  options?: CallOptions,
): Promise<ObjectWritten & { readonly checksum: Checksum | undefined }> {
  const { source, ifMatch } = copy;
  const { reply, bytes } = await target.s3.fetch(
    bucketRequest(target, {
      operation: "CopyObject",
      method: "PUT",
      key,
      headers: {
        ...copy.headers,
        "x-amz-copy-source": sourcePath(source),
        "x-amz-copy-source-if-match": etagHeader(source.ifMatch),
        "if-match": etagHeader(ifMatch),
        "if-none-match": copy.ifNoneMatch,
        "x-amz-metadata-directive": copy.metadataDirective,
        "x-amz-tagging-directive": copy.taggingDirective,
        "x-amz-checksum-algorithm": copy.checksumAlgorithm,
      },
    }),
    options,
  );
  const result = flatXml(bytes, "CopyObjectResult");
  return {
    ...writtenOf(reply.headers, result.text("ETag") ?? ""),
    checksum: checksumOfElement(result),
  };
}

/** The headers that name the source of a copy and the state it must be in. */
export function sourceHeaders(source: CopySource): Headers {
  return {
    "x-amz-copy-source": sourcePath(source),
    "x-amz-copy-source-if-match": etagHeader(source.ifMatch),
  };
}

function sourcePath({ bucket, key, versionId }: CopySource): string {
  const path = `/${bucket}/${percentEncodeKey(key)}`;
  return versionId === undefined ? path : `${path}?versionId=${percentEncode(versionId)}`;
}

function etagHeader(etag: string | undefined): string | undefined {
  return etag === undefined ? undefined : quotedEtag(etag);
}
