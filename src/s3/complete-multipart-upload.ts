import { bucketRequest } from "./bucket-request.ts";
import type { Headers } from "./bucket-request.ts";
import { checksumHeader } from "./checksum.ts";
import type { BodyChecksum, Checksum } from "./checksum.ts";
import type { CallOptions, S3Bucket } from "./client.ts";
import { quotedEtag } from "./etag.ts";
import { conditionHeaders, writtenOf } from "./put-object.ts";
import type { ObjectWritten, WriteCondition } from "./put-object.ts";
import { xmlNamespace } from "./xml-namespace.ts";
import { encodeEntities } from "./xml-entities.ts";
import { parseXml } from "./xml.ts";

/** A part as it goes into the object. */
export interface CompletedPart {
  readonly partNumber: number;
  /** Without quotes. */
  readonly etag: string;
  /** Needed for uploads that were begun with a checksum. */
  readonly checksum?: BodyChecksum | undefined;
}

/** What makes an object of an upload. */
export interface UploadCompleted extends WriteCondition {
  readonly uploadId: string;
  /** In the order of their numbers. */
  readonly parts: readonly CompletedPart[];
  /** The object's size in bytes; S3 answers InvalidRequest if the parts do not add up to it. */
  readonly size?: number | undefined;
  /** The checksum of the whole object; S3 answers BadDigest if it has computed another. */
  readonly checksum?: (BodyChecksum & Pick<Checksum, "type">) | undefined;
  readonly headers?: Headers | undefined;
}

/**
 * Makes an object of an upload's parts (CompleteMultipartUpload). The upload's id is gone
 * afterwards, so a second call answers NoSuchUpload: `completeUpload` settles that.
 */
export async function completeMultipartUpload(
  bucket: S3Bucket,
  key: string,
  complete: UploadCompleted,
  options?: CallOptions,
): Promise<ObjectWritten> {
  const { uploadId, parts, size, checksum } = complete;
  const { reply, bytes } = await bucket.s3.fetch(
    bucketRequest(bucket, {
      operation: "CompleteMultipartUpload",
      method: "POST",
      key,
      query: { uploadId },
      body: Buffer.from(partList(parts)),
      headers: {
        ...complete.headers,
        ...checksumHeader(checksum),
        ...conditionHeaders(complete),
        "content-type": "application/xml",
        "x-amz-checksum-type": checksum?.type,
        "x-amz-mp-object-size": size?.toString(),
      },
    }),
    options,
  );
  const result = parseXml(bytes, "CompleteMultipartUploadResult");
  return writtenOf(reply.headers, result.text("ETag") ?? "");
}

function partList(parts: readonly CompletedPart[]): string {
  let list = "";
  for (const { partNumber, etag, checksum } of parts) {
    const sum = checksum
      ? `<Checksum${checksum.algorithm}>${checksum.value}</Checksum${checksum.algorithm}>`
      : "";
    const quoted = encodeEntities(quotedEtag(etag));
    list += `<Part><PartNumber>${partNumber}</PartNumber><ETag>${quoted}</ETag>${sum}</Part>`;
  }
  return `<CompleteMultipartUpload xmlns="${xmlNamespace}">${list}</CompleteMultipartUpload>`;
}
