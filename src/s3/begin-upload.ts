import { performance } from "node:perf_hooks";
import type { CallOptions, S3Bucket } from "./client.ts";
import { createMultipartUpload } from "./create-multipart-upload.ts";
import type { UploadBegun, UploadIdentity } from "./create-multipart-upload.ts";
import { S3Error } from "./error.ts";
import { listMultipartUploads } from "./list-multipart-uploads.ts";
import type { ListedUpload } from "./list-multipart-uploads.ts";
import { TransportError } from "./transport.ts";

// Uploads of one key are a handful; a key with more is a sign of something else, and a new upload
// is begun.
const maxPages = 10;

/** Both the server's Date and an upload's time may have been cut to whole seconds. */
const granularityMs = 1000;

/**
 * Begins a multipart upload so that none is left behind when an answer is lost. A lost answer may
 * mean an upload, unknown to us and billed until somebody aborts it. So before the next try the
 * uploads of exactly this key are listed: if the server has begun exactly one since our first try,
 * it is ours, and used; otherwise another is begun.
 *
 * The time is the server's: its Date, less the time that has gone by here. `nowMs` is a clock that
 * only goes forward.
 */
export function beginUpload(
  bucket: S3Bucket,
  key: string,
  begin: UploadBegun = {},
  options?: CallOptions,
  nowMs: () => number = () => performance.now(),
): Promise<UploadIdentity> {
  let lostSinceMs: number | undefined;
  return bucket.s3.retrying(async (_attempt, once) => {
    if (lostSinceMs !== undefined) {
      const found = await findBegun(bucket, key, lostSinceMs, nowMs, once);
      // How its parts are encrypted cannot be asked.
      if (found) return { uploadId: found.uploadId, encryption: "other" };
    }
    const triedMs = nowMs();
    try {
      return await createMultipartUpload(bucket, key, begin, once);
    } catch (error) {
      if (mayHaveBegun(error)) lostSinceMs ??= triedMs;
      throw error;
    }
  }, options);
}

/** Whether the server may have begun an upload though the answer is a failure. */
function mayHaveBegun(error: unknown): boolean {
  if (error instanceof TransportError) return error.stage !== "unsent";
  return error instanceof S3Error && (error.status >= 500 || error.status === 200);
}

async function findBegun(
  bucket: S3Bucket,
  key: string,
  sinceMs: number,
  nowMs: () => number,
  options?: CallOptions,
): Promise<ListedUpload | undefined> {
  const found: ListedUpload[] = [];
  let marker: { readonly keyMarker?: string; readonly uploadIdMarker?: string } | undefined = {};
  for (let pages = 0; marker !== undefined; pages++) {
    if (pages === maxPages) return undefined;
    const page = await listed(bucket, key, marker, options);
    if (page?.answeredAtMs === undefined) return undefined;
    const firstMs = page.answeredAtMs - (nowMs() - sinceMs) - granularityMs;
    found.push(
      ...page.uploads.filter((each) => each.key === key && Date.parse(each.initiated) >= firstMs),
    );
    marker = page.next?.keyMarker === key ? page.next : undefined;
  }
  return found.length === 1 ? found[0] : undefined;
}

async function listed(
  bucket: S3Bucket,
  key: string,
  marker: { readonly keyMarker?: string; readonly uploadIdMarker?: string },
  options?: CallOptions,
) {
  try {
    return await listMultipartUploads(bucket, { prefix: key, ...marker }, options);
  } catch (error) {
    // Who may not list uploads can still begin one.
    if (error instanceof S3Error && error.status < 500) return undefined;
    throw error;
  }
}
