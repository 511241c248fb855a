import type { Entry } from "../record/entry.ts";
import type { ObjectHead } from "../s3/object-head.ts";

/**
 * The storage classes whose objects must be restored before they can be read (AWS: "Amazon S3
 * storage classes").
 */
const archiveClasses = new Set(["GLACIER", "DEEP_ARCHIVE"]);

/**
 * True for an object that cannot be read as its listing shows it: archived, and not restored or not
 * yet.
 */
export function isArchived({ attributes }: Entry): boolean {
  return isUnreadable(attributes?.class, attributes?.restore);
}

/** True for an archived object of which there is a restored copy. */
export function isRestored({ attributes }: Entry): boolean {
  const { class: storageClass = "", restore } = attributes ?? {};
  return archiveClasses.has(storageClass) && restore !== undefined && restore !== "ongoing";
}

/**
 * The same by its head, which also tells of the archive tiers of Intelligent-Tiering; a listing
 * does not.
 */
export function hasArchivedHead({ archiveStatus, storageClass, restore }: ObjectHead): boolean {
  return archiveStatus !== undefined || isUnreadable(storageClass, restore);
}

function isUnreadable(storageClass: string | undefined, restore: string | undefined): boolean {
  if (storageClass === undefined || !archiveClasses.has(storageClass)) return false;
  return restore === undefined || restore === "ongoing";
}
