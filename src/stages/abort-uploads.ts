import { abortMultipartUpload } from "../s3/abort-multipart-upload.ts";
import type { S3Bucket } from "../s3/client.ts";

/** How many uploads are aborted at a time, when there are more. */
const maxAborts = 16;

/**
 * Ends uploads that nobody else can: when the reader of a stage is gone, what it has not told of
 * them is lost. Gives the number of those that could not be ended.
 */
export async function abortUploads(
  target: S3Bucket,
  uploads: Iterable<{ readonly key: string; readonly uploadId: string }>,
): Promise<number> {
  const waiting = [...uploads];
  let left = 0;
  const worker = async (): Promise<void> => {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      try {
        await abortMultipartUpload(target, next.key, next);
      } catch {
        // The others shall be ended all the same, and the error that led to here is the one to be
        // told.
        left++;
      }
    }
  };
  await Promise.all(Array.from({ length: maxAborts }, worker));
  return left;
}
