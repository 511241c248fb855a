import { keyedLines } from "../listing/keyed-lines.ts";
import { listParallelAs, type ListParallelOptions } from "../ranges/list-parallel.ts";
import type { Entry } from "../record/entry.ts";
import type { S3Bucket } from "../s3/client.ts";
import type { Pages } from "../stream/pages.ts";

/**
 * Lists a bucket, or a part of it, for who compares: pages of entries that are made only where somebody looks, since what two listings
 * have alike can be told by their bytes (`KeyRows`).
 */
export function liveEntries(bucket: S3Bucket, options: ListParallelOptions): Pages<Entry> {
  return listParallelAs(bucket, options, keyedLines, (page) => page);
}
