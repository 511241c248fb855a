import { bucketRequest } from "./bucket-request.ts";
import type { CallOptions, S3Bucket } from "./client.ts";
import { S3Error } from "./error.ts";
import { listParts } from "./list-parts.ts";
import { UnexpectedReplyError } from "./unexpected-reply.ts";

// Each round takes what arrived in the one before; parts that are still arriving after five belong to somebody who is at work.
const maxAborts = 5;

/**
 * Ends an upload and frees its parts (AbortMultipartUpload). A part that was on its way may be stored all the same, so parts are
 * listed and the abort repeated until none is left. An upload that is already gone is a success.
 */
export async function abortMultipartUpload(
  bucket: S3Bucket,
  key: string,
  { uploadId }: { readonly uploadId: string },
  options?: CallOptions,
): Promise<void> {
  for (let aborts = 0; aborts < maxAborts; aborts++) {
    const wasThere = await unlessGone(abort(bucket, key, uploadId, options));
    if (!wasThere) return;
    const left = await unlessGone(listParts(bucket, key, { uploadId, maxParts: 1 }, options));
    if (!left || left.value.parts.length === 0) return;
  }
  throw new UnexpectedReplyError(`upload ${uploadId} still has parts after ${maxAborts} aborts`);
}

async function abort(bucket: S3Bucket, key: string, uploadId: string, options?: CallOptions) {
  await bucket.s3.fetch(
    bucketRequest(bucket, {
      operation: "AbortMultipartUpload",
      method: "DELETE",
      key,
      query: { uploadId },
    }),
    options,
  );
}

async function unlessGone<T>(answer: Promise<T>): Promise<{ readonly value: T } | undefined> {
  try {
    return { value: await answer };
  } catch (error) {
    if (error instanceof S3Error && error.code === "NoSuchUpload") return undefined;
    throw error;
  }
}
