import { type Entry, entryCodec, mtimeOf } from "../record/entry.ts";
import { type PartLine, partLineCodec } from "../ranges/part-file.ts";
import type { S3Bucket } from "../s3/client.ts";
import { type ListedObject, listObjects } from "../s3/list-objects.ts";
import { partCount } from "../s3/multipart-etag.ts";
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
    let bytes = 0;
    for (const { size } of page.objects) bytes += size;
    counters.add(bucket.name, "Objects", page.objects.length);
    counters.add(bucket.name, "Bytes", bytes);
    // Keys behind a delimiter are another line's; that one is there is for the writer of the part file to see to.
    if (page.commonPrefixes.length > 0) {
      counters.add(bucket.name, "CommonPrefixes", page.commonPrefixes.length);
    }
    if (page.objects.length > 0) yield page.objects.map(entryOf);
  } while (token !== undefined);
}

function entryOf(object: ListedObject): Entry {
  const { key, etag, size, lastModified, storageClass, restore } = object;
  const mtime = mtimeOf(lastModified);
  const checksum = keptChecksum(object);
  if (storageClass === "STANDARD" && restore === undefined && checksum === undefined) {
    return { key, etag, size, mtime };
  }
  const attributes = {
    class: storageClass === "STANDARD" ? undefined : storageClass,
    restore: restore === undefined || restore === "ongoing" ? restore : mtimeOf(restore),
    checksum,
  };
  return { key, etag, size, mtime, attributes };
}

/**
 * The algorithm of a checksum over the whole of a multipart object: no answer to a part number tells it, and a copy is to have it.
 * CRC64NVME is left out, which S3 takes by itself.
 */
function keptChecksum({ etag, checksum }: ListedObject): string | undefined {
  if (checksum === undefined || checksum.type !== "FULL_OBJECT") return undefined;
  if (checksum.algorithm === "CRC64NVME" || partCount(etag) === undefined) return undefined;
  return checksum.algorithm;
}
