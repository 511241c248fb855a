import type { Call } from "./call.ts";
import { askedEncryption, encryptionHeaders } from "./encryption.ts";
import { Refusal } from "./errors.ts";
import { metadataHeaders, objectHeaders, userMetadata } from "./metadata.ts";
import { askedLock, lockHeaders } from "./object-lock.ts";
import type { Description, StoredObject } from "./object.ts";
import { restoreHeaders } from "./restore.ts";
import { parseTagHeader } from "./tags.ts";
import type { Tag } from "./tags.ts";

/** Longest key, in bytes of UTF-8. */
const maxKeyBytes = 1024;

const storageClasses = new Set([
  "STANDARD",
  "REDUCED_REDUNDANCY",
  "STANDARD_IA",
  "ONEZONE_IA",
  "INTELLIGENT_TIERING",
  "GLACIER",
  "DEEP_ARCHIVE",
  "GLACIER_IR",
]);

/** Refuses a key that is too long, as every operation that writes one does. */
export function checkKey(key: string): void {
  const bytes = Buffer.byteLength(key);
  if (bytes <= maxKeyBytes) return;
  throw new Refusal("KeyTooLongError", {
    details: { Size: String(bytes), MaxSizeAllowed: String(maxKeyBytes) },
  });
}

/** What the headers of a PUT, copy or CreateMultipartUpload say about the new object. */
export function describeObject(call: Call): Description {
  const { headers, bucket, settings } = call;
  checkAcl(headers);
  return {
    headers: objectHeaders(headers),
    metadata: userMetadata(headers),
    websiteRedirect: askedRedirect(headers),
    storageClass: askedClass(headers),
    tags: askedTags(headers),
    encryption: askedEncryption(headers, bucket.encryption),
    lock: askedLock(headers, bucket, settings.now()),
  };
}

/** The headers by which GET and HEAD describe an object. */
export function descriptionHeaders(object: StoredObject, now: Date): Record<string, string> {
  const headers: Record<string, string> = {
    ...object.headers,
    ...metadataHeaders(object.metadata),
    ...encryptionHeaders(object.encryption),
    ...restoreHeaders(object, now),
    ...lockHeaders(object),
    etag: `"${object.etag}"`,
    "last-modified": object.lastModified.toUTCString(),
    "accept-ranges": "bytes",
  };
  if (object.storageClass !== "STANDARD") headers["x-amz-storage-class"] = object.storageClass;
  if (object.tags.length > 0) headers["x-amz-tagging-count"] = String(object.tags.length);
  if (object.websiteRedirect !== undefined) {
    headers["x-amz-website-redirect-location"] = object.websiteRedirect;
  }
  return headers;
}

/**
 * Buckets do not use ACLs since 2023 ("bucket owner enforced"): only those that give the bucket's
 * owner everything are accepted.
 */
export function checkAcl(headers: ReadonlyMap<string, string>): void {
  const acl = headers.get("x-amz-acl");
  const isOwners = acl === undefined || acl === "private" || acl === "bucket-owner-full-control";
  for (const name of headers.keys()) {
    if (name.startsWith("x-amz-grant-") || (name === "x-amz-acl" && !isOwners)) {
      throw new Refusal("AccessControlListNotSupported");
    }
  }
}

/** The storage class a request asks for. */
export function askedClass(headers: ReadonlyMap<string, string>): string {
  const storageClass = headers.get("x-amz-storage-class") ?? "STANDARD";
  if (storageClasses.has(storageClass)) return storageClass;
  throw new Refusal("InvalidStorageClass", {
    details: { StorageClassRequested: storageClass },
  });
}

/** The tags a request sets. */
export function askedTags(headers: ReadonlyMap<string, string>): readonly Tag[] {
  return parseTagHeader(headers.get("x-amz-tagging"));
}

/** The website redirect a request sets. */
export function askedRedirect(headers: ReadonlyMap<string, string>): string | undefined {
  const location = headers.get("x-amz-website-redirect-location");
  if (location === undefined || /^(\/|https?:\/\/)/.test(location)) return location;
  throw new Refusal("InvalidArgument", {
    message: "The website redirect location must have a prefix of 'http://' or 'https://' or '/'.",
    details: { ArgumentName: "x-amz-website-redirect-location", ArgumentValue: location },
  });
}
