import { lazyEntryCodec } from "../listing/entry-line-page.ts";
import { writtenEntries } from "../listing/written-entries.ts";
import { listParallelAs, type ListParallelOptions } from "../ranges/list-parallel.ts";
import { type Entry, entryCodec } from "../record/entry.ts";
import type { S3Bucket } from "../s3/client.ts";
import { LineBuffer } from "../stream/line-buffer.ts";
import type { Page, Pages } from "../stream/pages.ts";

/**
 * Lists a bucket, or a part of it, for who compares: pages of entries that are made only where somebody looks, since what two listings
 * have alike can be told by their bytes (`KeyRows`).
 */
export async function* liveEntries(bucket: S3Bucket, options: ListParallelOptions): Pages<Entry> {
  const buffer = new LineBuffer();
  for await (const page of listParallelAs(bucket, options, writtenEntries, (page) => page)) {
    page.writeLines(buffer);
    page.release();
    yield pageOf(buffer.written());
    // The page keeps the bytes.
    buffer.renew();
  }
}

function pageOf(lines: Buffer): Page<Entry> {
  const withoutEnd = lines.subarray(0, -1);
  const page = lazyEntryCodec.pageOf?.(withoutEnd);
  return (
    page ??
    withoutEnd
      .toString()
      .split("\n")
      .map((line) => entryCodec.decode(line))
  );
}
