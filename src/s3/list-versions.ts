import { bucketRequest } from "./bucket-request.ts";
import type { CallOptions, S3Bucket } from "./client.ts";
import { bareEtag } from "./etag.ts";
import type { ListedObject } from "./list-page.ts";
import { UnexpectedReplyError } from "./unexpected-reply.ts";
import { decodeUrlEncoding } from "./url-encoding.ts";
import { parseXml, type XmlElement } from "./xml.ts";

/** A version of an object as a listing shows it, or the mark that it was deleted. */
export interface ListedVersion extends ListedObject {
  /** `null` for what was written while the bucket kept no versions. */
  readonly versionId: string;
  readonly isLatest: boolean;
  /** A delete marker has no ETag, no size and no class; they are empty, 0 and `STANDARD`. */
  readonly isDeleteMarker: boolean;
}

/** Where a page of versions ended. */
export interface VersionMarker {
  readonly keyMarker: string;
  /** Left out where the page ended with the last version of its key. */
  readonly versionIdMarker?: string | undefined;
}

/** Which versions of a bucket to list. */
export interface VersionQuery extends Partial<VersionMarker> {
  readonly prefix?: string | undefined;
  /** At most, and by default, 1000. */
  readonly maxKeys?: number | undefined;
  /** Asks for the restore state of archived objects. */
  readonly restoreStatus?: boolean | undefined;
}

/** A page of versions, by key and then from the newest to the oldest. */
export interface VersionPage {
  readonly versions: readonly ListedVersion[];
  /** Where the next page begins; undefined after the last. */
  readonly next: VersionMarker | undefined;
}

/**
 * Lists one page of the versions and delete markers of a bucket (ListObjectVersions). Keys are asked
 * for percent-encoded, as ListObjectsV2's are. Throws an UnexpectedReplyError for what is no such
 * list, and for one that does not go on.
 */
export async function listObjectVersions(
  bucket: S3Bucket,
  query: VersionQuery = {},
  options?: CallOptions,
): Promise<VersionPage> {
  const { bytes } = await bucket.s3.fetch(
    bucketRequest(bucket, {
      operation: "ListObjectVersions",
      method: "GET",
      query: {
        versions: "",
        "encoding-type": "url",
        prefix: query.prefix || undefined,
        "key-marker": query.keyMarker || undefined,
        "version-id-marker": query.versionIdMarker || undefined,
        "max-keys": query.maxKeys?.toString(),
      },
      headers: {
        "x-amz-optional-object-attributes": query.restoreStatus ? "RestoreStatus" : undefined,
      },
    }),
    options,
  );
  const result = parseXml(bytes, "ListVersionsResult");
  const isEncoded = result.text("EncodingType") === "url";
  const nameOf = (text: string | undefined): string => {
    if (!text) throw new UnexpectedReplyError("the list of versions has one without a key");
    try {
      return isEncoded ? decodeUrlEncoding(text) : text;
    } catch (error) {
      throw new UnexpectedReplyError(`the list of versions has a malformed key: ${String(error)}`);
    }
  };
  const versions = inOrder(result, bytes, nameOf);
  return { versions, next: nextOf(result, query, versions.at(-1)?.key, nameOf) };
}

/** Versions and markers as they stand between each other in the document, which the parser tells apart. */
function inOrder(
  result: XmlElement,
  bytes: Buffer,
  nameOf: (text: string | undefined) => string,
): readonly ListedVersion[] {
  const kinds = bytes.toString("latin1").matchAll(/<(Version|DeleteMarker)[\s>]/g);
  const left = {
    Version: result.children("Version")[Symbol.iterator](),
    DeleteMarker: result.children("DeleteMarker")[Symbol.iterator](),
  };
  const versions: ListedVersion[] = [];
  for (const [, kind] of kinds) {
    const { value } = left[kind as keyof typeof left].next();
    if (value === undefined) throw new UnexpectedReplyError("the list of versions is malformed");
    versions.push(versionOf(value, kind === "DeleteMarker", nameOf));
  }
  return versions;
}

function versionOf(
  element: XmlElement,
  isDeleteMarker: boolean,
  nameOf: (text: string | undefined) => string,
): ListedVersion {
  const key = nameOf(element.text("Key"));
  const versionId = element.text("VersionId");
  const lastModified = element.text("LastModified");
  if (!versionId || !lastModified) {
    throw new UnexpectedReplyError(`the list of versions tells too little of "${key}"`);
  }
  const algorithm = element.text("ChecksumAlgorithm");
  return {
    key,
    versionId,
    isLatest: element.text("IsLatest") === "true",
    isDeleteMarker,
    etag: bareEtag(element.text("ETag") ?? ""),
    size: isDeleteMarker ? 0 : sizeOf(element.text("Size"), key),
    lastModified,
    storageClass: element.text("StorageClass") || "STANDARD",
    restore: restoreOf(element.child("RestoreStatus")),
    checksum: algorithm
      ? { algorithm, type: element.text("ChecksumType") || undefined }
      : undefined,
  };
}

function restoreOf(status: XmlElement | undefined): ListedVersion["restore"] {
  if (status?.text("IsRestoreInProgress") === "true") return "ongoing";
  return status?.text("RestoreExpiryDate") || undefined;
}

function sizeOf(text: string | undefined, key: string): number {
  const size = Number(text);
  if (text !== undefined && /^\d+$/.test(text) && Number.isSafeInteger(size)) return size;
  throw new UnexpectedReplyError(`the list of versions has "${text}" for the size of "${key}"`);
}

function nextOf(
  result: XmlElement,
  query: VersionQuery,
  lastKey: string | undefined,
  nameOf: (text: string | undefined) => string,
): VersionMarker | undefined {
  if (result.text("IsTruncated") !== "true") return undefined;
  const sent = result.text("NextKeyMarker");
  // radosgw encodes keys but not this, and a key that is decoded twice is another: it would skip keys.
  const keyMarker = sent !== undefined && sent === lastKey ? lastKey : nameOf(sent);
  const versionIdMarker = result.text("NextVersionIdMarker") || undefined;
  // From a server that takes no notice of the markers the pages would have no end.
  if (keyMarker === query.keyMarker && versionIdMarker === query.versionIdMarker) {
    throw new UnexpectedReplyError(`the list of versions does not go on after "${keyMarker}"`);
  }
  return { keyMarker, versionIdMarker };
}
