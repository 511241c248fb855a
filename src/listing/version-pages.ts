import { compareKeys } from "../key.ts";
import type { Entry } from "../record/entry.ts";
import type { S3Bucket } from "../s3/client.ts";
import { listObjectVersions, type ListedVersion, type VersionMarker } from "../s3/list-versions.ts";
import { entryOf } from "./listed-entry.ts";

/** Which keys to list where they are listed page after page. */
export interface KeyBounds {
  readonly prefix: string;
  readonly startAfter?: string | undefined;
  readonly stopAt?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Lists the versions and delete markers of a bucket, page after page, since S3 gives no token to cut
 * them by: in the order of keys, and of a key the newest first. No page is empty.
 */
export async function* versionPages(
  bucket: S3Bucket,
  { prefix, startAfter, stopAt, signal }: KeyBounds,
): AsyncGenerator<readonly Entry[], void> {
  let next: VersionMarker | undefined = startAfter ? { keyMarker: startAfter } : undefined;
  do {
    const query = { prefix, ...next, restoreStatus: true };
    const page = await listObjectVersions(bucket, query, { signal });
    const entries = page.versions.map(versionEntry);
    const within = entries.filter(
      ({ key }) => stopAt === undefined || compareKeys(key, stopAt) <= 0,
    );
    if (within.length > 0) yield within;
    if (within.length < entries.length) return;
    next = page.next;
  } while (next !== undefined);
}

/** Makes an entry of a version, with its id; those that are not the latest, and delete markers, say so. */
function versionEntry(version: ListedVersion): Entry {
  const entry = entryOf(version);
  return {
    ...entry,
    attributes: {
      ...entry.attributes,
      version: version.versionId,
      latest: version.isLatest ? undefined : "no",
      marker: version.isDeleteMarker ? "delete" : undefined,
    },
  };
}
