import { demand } from "./access.ts";
import type { Call, Reply } from "./call.ts";
import { xmlReply } from "./call.ts";
import { checkDeleteCondition } from "./conditions.ts";
import { Refusal } from "./errors.ts";
import { checkVersionId, pickVersion } from "./find-object.ts";
import { checkLock } from "./object-lock.ts";
import type { Version } from "./object.ts";
import { newVersionId, putVersion, removeVersion, wholeSeconds } from "./store.ts";
import { childText, parseXml, writeXml } from "./xml.ts";
import type { ParsedElement, XmlElement } from "./xml.ts";

/** Keys one DeleteObjects may name. */
const maxDeletedKeys = 1000;

/** DeleteObject. */
export function deleteObject(call: Call): Reply {
  const { headers, key, query } = call;
  const deleted = remove(call, key, query.get("versionId"), headers.get("if-match"));
  const reply: Record<string, string> = {};
  if (deleted.isMarker) reply["x-amz-delete-marker"] = "true";
  if (deleted.versionId !== undefined) reply["x-amz-version-id"] = deleted.versionId;
  return { status: 204, headers: reply };
}

/** DeleteObjects. What cannot be deleted is an element of the reply; the reply itself is a 200. */
export async function deleteObjects(call: Call): Promise<Reply> {
  const { bytes, checksum } = await call.body();
  if (checksum === undefined && !call.headers.has("content-md5")) {
    throw new Refusal("InvalidRequest", {
      message: "Missing required header for this request: Content-MD5 OR x-amz-checksum-*",
    });
  }
  void call.bucket;
  const request = parseXml(bytes, "Delete");
  const objects = request.children["Object"] ?? [];
  if (objects.length === 0 || objects.length > maxDeletedKeys) throw new Refusal("MalformedXML");
  const isQuiet = childText(request, "Quiet") === "true";
  const deleted: XmlElement[] = [];
  const errors: XmlElement[] = [];
  for (const object of objects) {
    const key = childText(object, "Key");
    if (key === undefined || key === "") throw new Refusal("MalformedXML");
    try {
      const done = deleteOne(call, key, object);
      if (!isQuiet) deleted.push(done);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      errors.push({
        Key: key,
        VersionId: childText(object, "VersionId"),
        Code: error.code,
        Message: error.message,
      });
    }
  }
  return xmlReply(writeXml("DeleteResult", { Deleted: deleted, Error: errors }));
}

function deleteOne(call: Call, key: string, object: ParsedElement): XmlElement {
  const asked = childText(object, "VersionId");
  const { isMarker, versionId } = remove(call, key, asked, childText(object, "ETag"));
  return {
    Key: key,
    VersionId: asked,
    DeleteMarker: isMarker ? true : undefined,
    DeleteMarkerVersionId: isMarker ? versionId : undefined,
  };
}

interface Removed {
  /** True when a delete marker was made, or one was removed. */
  readonly isMarker: boolean;
  readonly versionId: string | undefined;
}

/**
 * Deletes one key or one version of it.
 *
 * | bucket | no version named | version named |
 * | --- | --- | --- |
 * | without versions | the object is gone | "null" is gone |
 * | keeps versions | a delete marker lies on top | that version is gone |
 * | kept them once | a delete marker takes the place of "null" | that version is gone |
 */
function remove(
  call: Call,
  key: string,
  versionId: string | undefined,
  etag: string | undefined,
): Removed {
  const { bucket, caller, settings } = call;
  demand(
    bucket,
    caller,
    versionId === undefined ? "s3:DeleteObject" : "s3:DeleteObjectVersion",
    key,
  );
  if (versionId !== undefined) checkVersionId(versionId);
  const current = pickVersion(bucket, key, versionId);
  checkDeleteCondition(etag, current?.kind === "object" ? current : undefined);
  if (versionId !== undefined) {
    if (current?.kind === "object") checkLock(current, settings.now());
    const removed = removeVersion(bucket, key, versionId);
    return { isMarker: removed?.kind === "marker", versionId };
  }
  if (bucket.versioning === "Off") {
    removeVersion(bucket, key, "null");
    return { isMarker: false, versionId: undefined };
  }
  const marker: Version = {
    kind: "marker",
    key,
    versionId: newVersionId(bucket),
    owner: bucket.owner,
    lastModified: wholeSeconds(settings.now()),
  };
  putVersion(bucket, marker);
  return { isMarker: true, versionId: marker.versionId };
}
