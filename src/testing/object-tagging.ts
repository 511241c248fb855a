import type { Call, Reply } from "./call.ts";
import { xmlReply } from "./call.ts";
import { findObject, versionHeaders } from "./find-object.ts";
import { maxObjectTags, parseTagging, taggingXml } from "./tags.ts";
import { writeXml } from "./xml.ts";

/** GetObjectTagging. */
export function getObjectTagging(call: Call): Reply {
  const object = findObject(call, "s3:GetObjectTagging");
  const headers = versionHeaders(call.bucket, object.versionId);
  return xmlReply(writeXml("Tagging", taggingXml(object.tags)), headers);
}

/** PutObjectTagging. */
export async function putObjectTagging(call: Call): Promise<Reply> {
  const { bytes } = await call.body();
  const object = findObject(call, "s3:PutObjectTagging");
  object.tags = parseTagging(bytes, maxObjectTags);
  return { status: 200, headers: versionHeaders(call.bucket, object.versionId) };
}

/** DeleteObjectTagging. */
export function deleteObjectTagging(call: Call): Reply {
  const object = findObject(call, "s3:DeleteObjectTagging");
  object.tags = [];
  return { status: 204, headers: versionHeaders(call.bucket, object.versionId) };
}
