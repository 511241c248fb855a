import type { Call, Reply } from "./call.ts";
import { xmlReply } from "./call.ts";
import { checksumElement } from "./checksums.ts";
import { checkReadKey } from "./encryption.ts";
import { Refusal } from "./errors.ts";
import { findObject, versionHeaders } from "./find-object.ts";
import { readCount } from "./paging.ts";
import type { StoredObject } from "./object.ts";
import { writeXml } from "./xml.ts";
import type { XmlElement } from "./xml.ts";

const known = new Set(["ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize"]);

/** GetObjectAttributes. */
export function getObjectAttributes(call: Call): Reply {
  const object = findObject(call, "s3:GetObjectAttributes");
  checkReadKey(call.headers, object.encryption, "");
  const asked = (call.headers.get("x-amz-object-attributes") ?? "")
    .split(",")
    .map((name) => name.trim());
  if (!asked.every((name) => known.has(name))) {
    throw new Refusal("InvalidArgument", {
      message: "Invalid attribute name specified.",
      details: { ArgumentName: "x-amz-object-attributes", ArgumentValue: asked.join(",") },
    });
  }
  const { checksum } = object;
  const xml = writeXml("GetObjectAttributesResponse", {
    ETag: asked.includes("ETag") ? object.etag : undefined,
    Checksum: asked.includes("Checksum")
      ? { [checksumElement(checksum.algorithm)]: checksum.value, ChecksumType: checksum.type }
      : undefined,
    ObjectParts: asked.includes("ObjectParts") ? partsXml(call, object) : undefined,
    StorageClass: asked.includes("StorageClass") ? object.storageClass : undefined,
    ObjectSize: asked.includes("ObjectSize") ? object.size : undefined,
  });
  return xmlReply(xml, {
    "last-modified": object.lastModified.toUTCString(),
    ...versionHeaders(call.bucket, object.versionId),
  });
}

/**
 * The parts are listed only for an object whose client chose a checksum; else there is nothing but
 * their number.
 */
function partsXml({ headers, settings }: Call, object: StoredObject): XmlElement | undefined {
  const { parts, checksum } = object;
  if (parts === undefined) return undefined;
  if (!object.checksumWasAsked) return { PartsCount: parts.length };
  const max = readCount("max-parts", headers.get("x-amz-max-parts"));
  const marker = readCount("part-number-marker", headers.get("x-amz-part-number-marker"), 0);
  const shown = parts.slice(marker, marker + Math.min(max, settings.pageSize));
  return {
    PartsCount: parts.length,
    PartNumberMarker: marker,
    NextPartNumberMarker: marker + shown.length,
    MaxParts: max,
    IsTruncated: marker + shown.length < parts.length,
    Part: shown.map((part, index) => ({
      [checksumElement(checksum.algorithm)]: part.checksum,
      PartNumber: marker + index + 1,
      Size: part.size,
    })),
  };
}
