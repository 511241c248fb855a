import { demand, mayDo } from "./access.ts";
import type { Call } from "./call.ts";
import { Refusal } from "./errors.ts";
import type { StoredObject, Version } from "./object.ts";
import type { Bucket } from "./store.ts";

/**
 * Finds the object that a call names, in the version it names. To a caller without the right to
 * list, a missing key is not 404 but 403, so that it cannot tell which keys there are.
 */
export function findObject(call: Call, action: string): StoredObject {
  return findVersion(call, call.bucket, call.key, call.query.get("versionId"), action);
}

/** The same for any bucket, key and version, such as the source of a copy. */
export function findVersion(
  { caller }: Call,
  bucket: Bucket,
  key: string,
  versionId: string | undefined,
  action: string,
): StoredObject {
  demand(bucket, caller, action, key);
  const version = pickVersion(bucket, key, versionId);
  if (version?.kind === "object") return version;
  const headers = markerHeaders(version);
  if (versionId !== undefined && version !== undefined) {
    throw new Refusal("MethodNotAllowed", {
      details: { Method: "GET", ResourceType: "DeleteMarker" },
      headers: { ...headers, allow: "DELETE" },
    });
  }
  if (!mayDo(bucket, caller, "s3:ListBucket")) throw new Refusal("AccessDenied");
  if (versionId !== undefined) {
    throw new Refusal("NoSuchVersion", { details: { Key: key, VersionId: versionId } });
  }
  throw new Refusal("NoSuchKey", { details: { Key: key }, headers });
}

/**
 * The version of an id, or the newest one; undefined for none. Refuses what cannot be a version id.
 */
export function pickVersion(
  bucket: Bucket,
  key: string,
  versionId: string | undefined,
): Version | undefined {
  const versions = bucket.versions.get(key);
  if (versionId === undefined) return versions?.[0];
  checkVersionId(versionId);
  return versions?.find((version) => version.versionId === versionId);
}

/** Refuses text that S3 has never given out as a version id. */
export function checkVersionId(versionId: string): void {
  if (versionId === "null" || /^[\w.-]{32}$/.test(versionId)) return;
  throw new Refusal("InvalidArgument", {
    message: "Invalid version id specified",
    details: { ArgumentName: "versionId", ArgumentValue: versionId },
  });
}

/** The headers that name a version: none in a bucket that never kept versions. */
export function versionHeaders(bucket: Bucket, versionId: string): Record<string, string> {
  return bucket.versioning === "Off" ? {} : { "x-amz-version-id": versionId };
}

function markerHeaders(version: Version | undefined): Record<string, string> {
  if (version?.kind !== "marker") return {};
  return { "x-amz-delete-marker": "true", "x-amz-version-id": version.versionId };
}
