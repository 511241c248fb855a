import { bucketRequest } from "./bucket-request.ts";
import type { CallOptions, S3Bucket } from "./client.ts";
import { S3Error } from "./error.ts";
import { listParts } from "./list-parts.ts";
import { isNoSuchUpload } from "./no-such-upload.ts";
import { UnexpectedReplyError } from "./unexpected-reply.ts";

// Each round takes what arrived in the one before; parts that are still arriving after five belong
// to somebody who is at work.
const maxAborts = 5;

/**
 * Ends an upload and frees its parts (AbortMultipartUpload). A part that was on its way may be
 * stored all the same, so parts are listed and the abort repeated until none is left. An upload
 * that is already gone is a success.
 */
export async function abortMultipartUpload(
  bucket: S3Bucket,
  key: string,
  { uploadId }: { readonly uploadId: string },
  options?: CallOptions,
): Promise<void> {
  for (let aborts = 0; aborts < maxAborts; aborts++) {
    if (!(await abort(bucket, key, uploadId, options))) return;
    if (!(await hasParts(bucket, key, uploadId, options))) return;
  }
  throw new UnexpectedReplyError(`upload ${uploadId} still has parts after ${maxAborts} aborts`);
}

/** Whether there was an upload to abort. */
async function abort(
  bucket: S3Bucket,
  key: string,
  uploadId: string,
  options: CallOptions | undefined,
): Promise<boolean> {
  try {
    await bucket.s3.fetch(
      bucketRequest(bucket, {
        operation: "AbortMultipartUpload",
        method: "DELETE",
        key,
        query: { uploadId },
      }),
      options,
    );
    return true;
  } catch (error) {
    if (isNoSuchUpload(error)) return false;
    throw error;
  }
}

async function hasParts(
  bucket: S3Bucket,
  key: string,
  uploadId: string,
  options: CallOptions | undefined,
): Promise<boolean> {
  try {
    const { parts } = await listParts(bucket, key, { uploadId, maxParts: 1 }, options);
    return parts.length > 0;
  } catch (error) {
    if (isNoSuchUpload(error)) return false;
    // Who may abort need not have the right to list parts; the abort itself was taken.
    if (error instanceof S3Error && error.code === "AccessDenied") return false;
    throw error;
  }
}
