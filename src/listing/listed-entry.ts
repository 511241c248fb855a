import { type Entry, mtimeOf } from "../record/entry.ts";
import type { ListedObject } from "../s3/list-objects.ts";
import { partCount } from "../s3/multipart-etag.ts";

/** Makes an entry of what a listing shows of an object. */
export function entryOf(object: ListedObject): Entry {
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
