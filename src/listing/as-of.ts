import type { Entry } from "../record/entry.ts";
import type { Pages } from "../stream/pages.ts";

/**
 * What a bucket held at a moment, of a listing of its versions, of each key the newest first: the
 * newest version that was there then, unless that is the mark that it was deleted. S3 tells the time
 * of a version in whole seconds; what was written within the second is there.
 *
 * @param time `YYYY-MM-DD HH:MM:SS`, UTC.
 */
export async function* asOf(versions: Pages<Entry>, time: string): Pages<Entry> {
  let settled: string | undefined;
  for await (const page of versions) {
    const found: Entry[] = [];
    for (const entry of page) {
      if (entry.key === settled || entry.mtime > time) continue;
      settled = entry.key;
      const { latest: _, marker, ...attributes } = entry.attributes ?? {};
      if (marker === undefined) found.push({ ...entry, attributes });
    }
    if (found.length > 0) yield found;
  }
}
