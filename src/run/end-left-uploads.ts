import { abortUploads } from "../stages/abort-uploads.ts";
import type { CallOptions, S3Bucket } from "../s3/client.ts";
import {
  type ListedUpload,
  listMultipartUploads,
  type UploadPage,
} from "../s3/list-multipart-uploads.ts";

/** The time of an upload, and that of an answer, may be cut to whole seconds. */
const granularityMs = 1000;

/**
 * Ends the uploads that a killed process has left: those of the keys it was at work on that began
 * since it was, by the server's clock. One that somebody else began before stays. It takes one
 * request a thousand unfinished uploads under the prefix, whatever the number of keys.
 *
 * @param sinceByKey The keys at the target, and when work on them may have begun, in milliseconds by
 * this machine's clock.
 * @returns How many were ended, and how many could not be.
 */
export async function endLeftUploads(
  target: S3Bucket,
  sinceByKey: ReadonlyMap<string, number>,
  {
    prefix = "",
    nowMs = Date.now,
    ...options
  }: CallOptions & {
    readonly prefix?: string | undefined;
    readonly nowMs?: () => number;
  } = {},
): Promise<{ readonly ended: number; readonly left: number }> {
  if (sinceByKey.size === 0) return { ended: 0, left: 0 };
  const found: ListedUpload[] = [];
  let next: UploadPage["next"];
  do {
    const page = await listMultipartUploads(
      target,
      { prefix: prefix || undefined, ...next },
      options,
    );
    const aheadMs = page.answeredAtMs === undefined ? 0 : page.answeredAtMs - nowMs();
    for (const upload of page.uploads) {
      const sinceMs = sinceByKey.get(upload.key);
      if (sinceMs === undefined) continue;
      if (Date.parse(upload.initiated) >= sinceMs + aheadMs - granularityMs) found.push(upload);
    }
    next = page.next;
  } while (next !== undefined);
  const left = await abortUploads(target, found);
  return { ended: found.length - left, left };
}
