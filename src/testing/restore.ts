import type { Call, Reply } from "./call.ts";
import { Refusal } from "./errors.ts";
import { findObject } from "./find-object.ts";
import type { Restore, StoredObject } from "./object.ts";
import { childText, parseXml } from "./xml.ts";
import type { XmlElement } from "./xml.ts";

const msPerDay = 86_400_000;

/** Archive classes whose objects must be restored before they can be read. */
const archiveClasses = new Set(["GLACIER", "DEEP_ARCHIVE"]);

/** True when the bytes cannot be read now: archived, and not restored or no more. */
export function isArchived(object: StoredObject, now: Date): boolean {
  const isRestored = object.restore !== undefined && stateOf(object.restore, now) === "ready";
  if (object.archiveStatus !== undefined) return !isRestored;
  return archiveClasses.has(object.storageClass) && !isRestored;
}

/** The headers by which GET and HEAD tell of an archived object's state. */
export function restoreHeaders(object: StoredObject, now: Date): Record<string, string> {
  const headers: Record<string, string> = {};
  const { restore } = object;
  const state = restore && stateOf(restore, now);
  if (state === "ongoing") headers["x-amz-restore"] = 'ongoing-request="true"';
  if (state === "ready" && restore?.expiresAt !== undefined) {
    headers["x-amz-restore"] =
      `ongoing-request="false", expiry-date="${restore.expiresAt.toUTCString()}"`;
  }
  if (object.archiveStatus !== undefined && isArchived(object, now)) {
    headers["x-amz-archive-status"] = object.archiveStatus;
  }
  return headers;
}

/** True when a listing shall show RestoreStatus. */
export function wantsRestoreStatus({ headers }: Call): boolean {
  const asked = headers.get("x-amz-optional-object-attributes") ?? "";
  return asked.split(",").some((name) => name.trim() === "RestoreStatus");
}

/** The RestoreStatus element that a listing may show; undefined for an object never restored. */
export function restoreStatusXml({ restore }: StoredObject, now: Date): XmlElement | undefined {
  const state = restore && stateOf(restore, now);
  if (state === "ongoing") return { IsRestoreInProgress: true };
  if (state !== "ready" || restore?.expiresAt === undefined) return undefined;
  return { IsRestoreInProgress: false, RestoreExpiryDate: restore.expiresAt.toISOString() };
}

/**
 * RestoreObject.
 *
 * | the object is | answer |
 * | --- | --- |
 * | archived | 202 |
 * | being restored | 409 RestoreAlreadyInProgress |
 * | restored | 200; it now expires later |
 * | of a class that is not archived | 403 InvalidObjectState |
 */
export async function restoreObject(call: Call): Promise<Reply> {
  const { bytes } = await call.body();
  const object = findObject(call, "s3:RestoreObject");
  const request = parseXml(bytes, "RestoreRequest");
  if (request.children["Type"] !== undefined || request.children["OutputLocation"] !== undefined) {
    throw new Refusal("NotImplemented");
  }
  const parameters = request.children["GlacierJobParameters"]?.[0];
  const tier =
    childText(request, "Tier") ?? (parameters && childText(parameters, "Tier")) ?? "Standard";
  const days = readDays(childText(request, "Days"), object);
  if (!archiveClasses.has(object.storageClass) && object.archiveStatus === undefined) {
    throw new Refusal("InvalidObjectState", {
      message: "Restore is not allowed for the object's current storage class",
      details: { StorageClass: object.storageClass },
    });
  }
  const isDeep =
    object.storageClass === "DEEP_ARCHIVE" || object.archiveStatus === "DEEP_ARCHIVE_ACCESS";
  if (!["Standard", "Bulk", "Expedited"].includes(tier) || (tier === "Expedited" && isDeep)) {
    throw new Refusal("InvalidArgument", {
      message: `${tier} is not a valid retrieval tier for this object`,
      details: { ArgumentName: "Tier", ArgumentValue: tier },
    });
  }
  const now = call.settings.now();
  const state = object.restore && stateOf(object.restore, now);
  if (state === "ongoing") throw new Refusal("RestoreAlreadyInProgress");
  const readyAt = state === "ready" ? now : new Date(now.getTime() + call.settings.restoreDelayMs);
  object.restore = { readyAt, expiresAt: days === undefined ? undefined : expiry(readyAt, days) };
  return { status: state === "ready" ? 200 : 202 };
}

function readDays(text: string | undefined, object: StoredObject): number | undefined {
  const isTiered = object.storageClass === "INTELLIGENT_TIERING";
  if (text === undefined && isTiered) return undefined;
  const days = Number(text);
  if (Number.isSafeInteger(days) && days >= 1 && !isTiered) return days;
  if (text === undefined || isTiered) throw new Refusal("MalformedXML");
  throw new Refusal("InvalidArgument", {
    message: "restoration days should be at least 1",
    details: { ArgumentName: "Days", ArgumentValue: text },
  });
}

function stateOf({ readyAt, expiresAt }: Restore, now: Date): "ongoing" | "ready" | "expired" {
  if (now < readyAt) return "ongoing";
  return expiresAt !== undefined && now >= expiresAt ? "expired" : "ready";
}

/**
 * S3 counts the days from the restore's end and rounds up to midnight UTC (user guide, "Restoring
 * an archived object").
 */
function expiry(readyAt: Date, days: number): Date {
  return new Date((Math.floor(readyAt.getTime() / msPerDay) + days + 1) * msPerDay);
}
