import { demand } from "./access.ts";
import type { Call, Reply } from "./call.ts";
import { xmlReply } from "./call.ts";
import { checksumElement, fullChecksum, parseAlgorithm } from "./checksums.ts";
import { findCopySource } from "./copy-source.ts";
import type { CopySource } from "./copy-source.ts";
import { askedClass, askedRedirect, askedTags, checkAcl, checkKey } from "./describe-object.ts";
import { askedEncryption, etagFor } from "./encryption.ts";
import { Refusal } from "./errors.ts";
import { versionHeaders } from "./find-object.ts";
import { askedLock } from "./object-lock.ts";
import { objectHeaders, userMetadata } from "./metadata.ts";
import type { Description } from "./object.ts";
import { md5 } from "./store.ts";
import { writeObject, writtenHeaders } from "./write-object.ts";
import { writeXml } from "./xml.ts";

/**
 * CopyObject. The copy always has one part and so a new ETag; of the source it keeps headers, user
 * metadata and tags unless told otherwise, and the checksum's algorithm; it does not keep storage
 * class, encryption, website redirect or lock.
 */
export function copyObject(call: Call): Reply {
  const { bucket, caller, key, headers, settings } = call;
  checkKey(key);
  demand(bucket, caller, "s3:PutObject", key);
  const source = findCopySource(call);
  const { object } = source;
  if (object.size > settings.maxCopyBytes) {
    throw new Refusal("InvalidRequest", {
      message:
        "The specified copy source is larger than the maximum allowable size for a copy source: " +
        `${settings.maxCopyBytes}`,
    });
  }
  const description = describeCopy(call, source);
  const asked = headers.get("x-amz-checksum-algorithm");
  const algorithm = asked === undefined ? object.checksum.algorithm : parseAlgorithm(asked);
  const copy = writeObject(call, {
    description,
    data: object.data,
    etag: etagFor(md5(object.data), description.encryption),
    parts: undefined,
    checksum: fullChecksum(algorithm, object.data),
    checksumWasAsked: asked !== undefined || object.checksumWasAsked,
  });
  const xml = writeXml("CopyObjectResult", {
    LastModified: copy.lastModified.toISOString(),
    ETag: `"${copy.etag}"`,
    ChecksumType: copy.checksum.type,
    [checksumElement(algorithm)]: copy.checksum.value,
  });
  const { etag: _, ...written } = writtenHeaders(bucket, copy);
  return xmlReply(xml, { ...written, ...sourceVersionHeaders(source) });
}

/** The header that names the version a copy was made of. */
export function sourceVersionHeaders({ bucket, object }: CopySource): Record<string, string> {
  const { "x-amz-version-id": id } = versionHeaders(bucket, object.versionId);
  return id === undefined ? {} : { "x-amz-copy-source-version-id": id };
}

function describeCopy(call: Call, source: CopySource): Description {
  const { bucket, caller, key, headers } = call;
  const { object } = source;
  checkAcl(headers);
  const replacesMetadata = isReplace(headers, "x-amz-metadata-directive");
  const replacesTags = isReplace(headers, "x-amz-tagging-directive");
  const changes = [
    "x-amz-storage-class",
    "x-amz-website-redirect-location",
    "x-amz-server-side-encryption",
    "x-amz-server-side-encryption-customer-algorithm",
    "x-amz-checksum-algorithm",
  ].some((name) => headers.has(name));
  const isItself = source.bucket === bucket && object.key === key && source.isNewest;
  if (isItself && !replacesMetadata && !replacesTags && !changes) {
    throw new Refusal("InvalidRequest", {
      message:
        "This copy request is illegal because it is trying to copy an object to itself without changing the " +
        "object's metadata, storage class, website redirect location or encryption attributes.",
    });
  }
  if (!replacesTags && object.tags.length > 0) {
    demand(source.bucket, caller, "s3:GetObjectTagging", object.key);
  }
  const tags = replacesTags ? askedTags(headers) : object.tags;
  if (tags.length > 0) demand(bucket, caller, "s3:PutObjectTagging", key);
  return {
    headers: replacesMetadata ? objectHeaders(headers) : object.headers,
    metadata: replacesMetadata ? userMetadata(headers) : object.metadata,
    websiteRedirect: askedRedirect(headers),
    storageClass: askedClass(headers),
    tags,
    encryption: askedEncryption(headers, bucket.encryption),
    lock: askedLock(headers, bucket, call.settings.now()),
  };
}

function isReplace(headers: Call["headers"], name: string): boolean {
  const directive = headers.get(name) ?? "COPY";
  if (directive === "COPY" || directive === "REPLACE") return directive === "REPLACE";
  throw new Refusal("InvalidArgument", {
    message: `Unknown ${name === "x-amz-metadata-directive" ? "metadata" : "tagging"} directive.`,
    details: { ArgumentName: name, ArgumentValue: directive },
  });
}
