import { bucketRequest } from "./bucket-request.ts";
import type { Headers } from "./bucket-request.ts";
import { type Encryption, encryptionOf } from "./encryption.ts";
import type { ChecksumAlgorithm, ChecksumType } from "./checksum.ts";
import type { CallOptions, S3Bucket } from "./client.ts";
import { UnexpectedReplyError } from "./unexpected-reply.ts";
import { parseXml } from "./xml.ts";

/** What the object will be that an upload makes. */
export interface UploadBegun {
  /** Metadata, storage class, encryption, tags. */
  readonly headers?: Headers | undefined;
  /**
   * Which checksum S3 keeps with the object; to a COMPOSITE one each part must be sent with its
   * own.
   */
  readonly checksum?:
    | { readonly algorithm: ChecksumAlgorithm; readonly type?: ChecksumType | undefined }
    | undefined;
}

/** An upload that has begun. */
export interface UploadIdentity {
  readonly uploadId: string;
  /** How its parts will be encrypted, which says whether their ETags will be MD5s. */
  readonly encryption: Encryption;
}

/**
 * Begins a multipart upload (CreateMultipartUpload). Every call makes another upload, billed until
 * it is completed or aborted, so this is not sent again when its answer is lost: `beginUpload`
 * settles that.
 */
export async function createMultipartUpload(
  bucket: S3Bucket,
  key: string,
  begin: UploadBegun = {},
  options?: CallOptions,
): Promise<UploadIdentity> {
  const { reply, bytes } = await bucket.s3.fetch(
    bucketRequest(bucket, {
      operation: "CreateMultipartUpload",
      method: "POST",
      key,
      query: { uploads: "" },
      headers: {
        ...begin.headers,
        "x-amz-checksum-algorithm": begin.checksum?.algorithm,
        "x-amz-checksum-type": begin.checksum?.type,
      },
      idempotent: false,
    }),
    options,
  );
  const uploadId = parseXml(bytes, "InitiateMultipartUploadResult").text("UploadId");
  if (!uploadId) throw new UnexpectedReplyError("the upload that was begun has no id");
  return { uploadId, encryption: encryptionOf(reply.headers) };
}
