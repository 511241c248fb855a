import { classOf } from "../listing/entry-filter.ts";
import type { Entry } from "../record/entry.ts";
import { partCount } from "../s3/multipart-etag.ts";
import type { Measures } from "./sample-tree.ts";

/** What of a copy there is to count, for objects of one storage class. */
export const copyCounts = ["plain", "inParts", "parts", "heads", "bytes"] as const;
export type CopyCount = (typeof copyCounts)[number];

/** Names of measures are of the form `copy CLASS COUNT`. */
export function copyMeasure(storageClass: string, count: CopyCount): string {
  return `copy ${storageClass} ${count}`;
}

/** The storage classes of which there is something to copy. */
export function copiedClasses(measures: Measures): readonly string[] {
  const names = Object.keys(measures).filter((name) => name.startsWith("copy "));
  return [...new Set(names.map((name) => name.split(" ")[1]!))].sort();
}

/** Classes whose objects cannot be read before they are restored. */
const archives = new Set(["GLACIER", "DEEP_ARCHIVE"]);

/** Measures objects that are to be copied, by what their copies take; what is archived and not restored is not copied. */
export function measureCopies(entries: Iterable<Entry>): Measures {
  const sums: Record<string, number> = {};
  const add = (name: string, amount: number): void => {
    sums[name] = (sums[name] ?? 0) + amount;
  };
  for (const entry of entries) {
    const storageClass = classOf(entry);
    if (archives.has(storageClass) && entry.attributes?.restore === undefined) {
      add("archived", 1);
      add("archivedBytes", entry.size);
      continue;
    }
    add("copies", 1);
    add(copyMeasure(storageClass, "bytes"), entry.size);
    const parts = partCount(entry.etag);
    if (parts === undefined) {
      add(copyMeasure(storageClass, "plain"), 1);
      continue;
    }
    add(copyMeasure(storageClass, "inParts"), 1);
    add(copyMeasure(storageClass, "parts"), parts);
    // The first part tells of how many bytes it is, and of three or more parts the last is looked at too.
    add(copyMeasure(storageClass, "heads"), parts > 2 ? 2 : 1);
  }
  return sums;
}
