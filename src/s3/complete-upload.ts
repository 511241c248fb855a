import type { CallOptions, S3Bucket } from "./client.ts";
import { completeMultipartUpload } from "./complete-multipart-upload.ts";
import type { UploadCompleted } from "./complete-multipart-upload.ts";
import { S3Error } from "./error.ts";
import { headObject } from "./head-object.ts";
import { isNoSuchUpload } from "./no-such-upload.ts";
import type { ObjectWritten } from "./put-object.ts";
import { TransportError } from "./transport.ts";

/** The object that an upload was to become. */
export interface ExpectedObject {
  /** Without quotes; undefined where it cannot be told from the parts, as under KMS. */
  readonly etag: string | undefined;
  /** In bytes. */
  readonly size: number;
}

/**
 * Completes an upload so that doing it twice does no harm: when the upload is gone, or the answer
 * was lost, the object itself says whether it was completed before. Where a server sends no ETag
 * the object is asked for it.
 */
export async function completeUpload(
  bucket: S3Bucket,
  key: string,
  complete: UploadCompleted,
  expected: ExpectedObject,
  options?: CallOptions,
): Promise<ObjectWritten> {
  let written: ObjectWritten;
  try {
    written = await completeMultipartUpload(
      bucket,
      key,
      { ...complete, size: complete.size ?? expected.size },
      options,
    );
  } catch (error) {
    return settleComplete(bucket, key, { error, expected, headers: complete.headers }, options);
  }
  if (written.etag !== "") return written;
  const { etag, encryption } = await headObject(
    bucket,
    key,
    { versionId: written.versionId, headers: complete.headers },
    options,
  );
  return { ...written, etag, encryption };
}

/**
 * Settles a failed CompleteMultipartUpload by a HEAD of the target: an object of the same ETag and
 * size is a success. Throws the failure where it says something else than that the upload is gone
 * or the answer lost, and where another object is there.
 */
export async function settleComplete(
  bucket: S3Bucket,
  key: string,
  failed: {
    readonly error: unknown;
    readonly expected: ExpectedObject;
    /** Those of a customer's key, without which its object cannot be asked about. */
    readonly headers?: UploadCompleted["headers"];
  },
  options?: CallOptions,
): Promise<ObjectWritten> {
  const { error, expected, headers } = failed;
  if (!isInDoubt(error) || expected.etag === undefined) throw error;
  const head = await headObject(bucket, key, { headers }, options).catch(() => undefined);
  if (head?.etag !== expected.etag || head.size !== expected.size) throw error;
  return { etag: head.etag, versionId: head.versionId, encryption: head.encryption };
}

/** Whether the upload may have been completed though the answer is a failure. */
function isInDoubt(error: unknown): boolean {
  if (error instanceof TransportError) return error.stage !== "unsent";
  if (!(error instanceof S3Error)) return false;
  return isNoSuchUpload(error) || error.status >= 500 || error.status === 200;
}
