import { ListedEntries } from "../listing/listed-entries.ts";
import { type Entry, entryCodec } from "../record/entry.ts";
import { type PartLine, partLineCodec } from "../ranges/part-file.ts";
import type { S3Bucket } from "../s3/client.ts";
import { listObjects } from "../s3/list-objects.ts";
import { UnexpectedReplyError } from "../s3/unexpected-reply.ts";
import type { Stage, StageContext } from "../stage.ts";
import { flatMapConcurrent } from "../stream/flat-map-concurrent.ts";
import type { Pages } from "../stream/pages.ts";

export interface BucketlistNeeds {
  readonly bucket: S3Bucket;
}

/** Lists the keys that the lines of a part file stand for: one request a thousand keys, several lines at a time. */
export const bucketlist: Stage<PartLine, Entry, BucketlistNeeds> = {
  name: "bucketlist",
  reads: partLineCodec,
  writes: entryCodec,

  run(lines, context) {
    return flatMapConcurrent(lines, context.concurrency, (line) => list(line, context));
  },
};

async function* list(
  { delimiter, prefix }: PartLine,
  { bucket, counters, signal }: BucketlistNeeds & StageContext,
): Pages<Entry> {
  let token: string | undefined;
  do {
    const query = { delimiter, prefix, continuationToken: token, restoreStatus: true };
    const page = await listObjects(bucket, query, { signal });
    // A server that gives the same token again would be listed for ever.
    if (page.nextToken !== undefined && page.nextToken === token) {
      throw new UnexpectedReplyError(
        `the listing of "${prefix}" does not go on after ${JSON.stringify(token)}`,
      );
    }
    token = page.nextToken;
    const entries = new ListedEntries(page);
    counters.add(bucket.name, "Objects", entries.length);
    counters.add(bucket.name, "Bytes", entries.totalBytes);
    // Keys behind a delimiter are another line's; that one is there is for the writer of the part file to see to.
    if (page.commonPrefixes.length > 0) {
      counters.add(bucket.name, "CommonPrefixes", page.commonPrefixes.length);
    }
    if (entries.length > 0) yield entries;
  } while (token !== undefined);
}
