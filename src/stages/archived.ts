import type { Entry } from "../record/entry.ts";

/** The storage classes whose objects must be restored before they can be read (AWS: "Amazon S3 storage classes"). */
const archiveClasses = new Set(["GLACIER", "DEEP_ARCHIVE"]);

/** True for an object that cannot be read as its listing shows it: archived, and not restored or not yet. */
export function isArchived({ attributes }: Entry): boolean {
  const { class: storageClass, restore } = attributes ?? {};
  if (storageClass === undefined || !archiveClasses.has(storageClass)) return false;
  return restore === undefined || restore === "ongoing";
}
