import type { ServerName } from "./servers/running.ts";

/**
 * What a server may be asked for and not every one of them does as Amazon S3 does, with what each of those does instead.
 * A test names the features that it needs; on a server with a gap there it is reported as skipped, with this text.
 * A feature that is not in the table is one that all of them have.
 */
export const gaps = {
  // Reading by part.
  /** HEAD with partNumber gives the part's length and x-amz-mp-parts-count. */
  partNumber: {
    radosgw: "ignores partNumber and answers for the whole object",
  },
  /** GET with partNumber gives the bytes of that part, with 206 and Content-Range. */
  partNumberBody: {
    radosgw: "ignores partNumber and sends the whole object",
    moto: "sends the wrong bytes",
  },
  /** A partNumber above the last one is answered with 416. */
  partNumberBeyondEnd: {
    radosgw: "ignores partNumber",
    moto: "answers with 500",
  },
  /** GetObjectAttributes gives ETag, size, storage class and number of parts. */
  objectAttributes: {
    radosgw: "does not know GetObjectAttributes",
    moto: "answers with an empty document",
  },

  /** ListMultipartUploads tells when each upload was begun. */
  timesOfUploads: {
    moto: "says November 2010 of each",
  },

  // ETags.
  /** CompleteMultipartUpload answers with the ETag of the object. */
  completeEtag: {
    radosgw: "answers with an empty ETag; HEAD and list have it",
  },
  /** CopyObject and UploadPartCopy answer with the ETag in quotes. */
  quotesOnCopy: {
    radosgw: "leaves the quotes out",
    seaweedfs: "leaves the quotes out",
  },
  /** UploadPartCopy of a range answers with the MD5 of that range. */
  uploadPartCopyEtag: {
    seaweedfs: "answers with the ETag of the whole source when that is multipart",
  },
  /** CopyObject of a multipart object makes one whose ETag is the MD5 of its bytes. */
  copyOfMultipartEtag: {
    radosgw: "keeps the source's ETag with its number of parts",
    seaweedfs: "keeps the source's ETag with its number of parts",
  },

  // Conditions.
  /** x-amz-copy-source-if-match with another ETag is refused with 412, on CopyObject and on UploadPartCopy. */
  copySourceIfMatch: {
    radosgw: "ignores the condition and copies",
    moto: "ignores the condition and copies",
  },
  /** x-amz-copy-source-if-none-match with the source's ETag is refused with 412. */
  copySourceIfNoneMatch: {
    radosgw: "ignores the condition and copies",
  },
  /** PutObject with If-Match and the target's ETag in quotes replaces it. */
  ifMatchOnPut: {
    radosgw: "matches only an ETag without quotes",
  },
  /** CompleteMultipartUpload with If-None-Match: * is refused with 412 where there is an object. */
  ifNoneMatchOnComplete: {
    radosgw: "ignores the condition",
  },
  /** CompleteMultipartUpload with If-Match and another ETag is refused with 412. */
  ifMatchOnComplete: {
    radosgw: "ignores the condition",
    moto: "ignores the condition",
  },
  /** CopyObject with If-Match or If-None-Match for its target. */
  copyTargetConditions: {
    radosgw: "ignores the conditions",
    moto: "ignores the conditions",
  },
  /** DeleteObject with If-Match and another ETag is refused with 412. */
  ifMatchOnDelete: {
    radosgw: "ignores the condition and deletes",
  },
  /** So is an object of DeleteObjects that is named with another ETag. */
  ifMatchOnDeleteObjects: {
    radosgw: "ignores the condition and deletes",
    moto: "ignores the condition and deletes",
  },

  // Checksums.
  /** A body sent in chunks with its checksum behind it. */
  trailingChecksums: {
    radosgw: "refuses the body or closes the connection",
  },
  /** A body that does not fit its checksum is refused. */
  checksumsVerified: {
    radosgw: "does not check x-amz-checksum headers, only Content-MD5",
    moto: "stores what it is told without a check",
  },
  /** CRC64NVME is taken and given back with its type. */
  crc64nvme: {
    radosgw: "does not know CRC64NVME",
    seaweedfs: "gives no x-amz-checksum-type",
    moto: "does not give it back",
  },
  /** An object that is stored without a checksum gets a CRC64NVME. */
  defaultChecksum: {
    radosgw: "stores no checksums",
    seaweedfs: "adds none",
    moto: "adds none",
  },
  /** Checksums of multipart objects, COMPOSITE and FULL_OBJECT. */
  multipartChecksums: {
    radosgw: "stores no checksums",
    moto: "does not give them back",
  },
  /** HEAD with partNumber gives the part's own checksum, where the object's is composed of the parts'. */
  partChecksums: {
    radosgw: "stores no checksums",
    seaweedfs: "gives no checksum of a part",
    moto: "gives no checksum of a part",
  },

  // Keys.
  /** An object "a" beside "a/" and "a/b". */
  keyBesideFolder: {
    seaweedfs: "keeps keys as files in folders: a file cannot be a folder, 409",
  },
  /** Keys with a leading slash, two slashes in a row, and "." or ".." between slashes. */
  slashKeys: {
    seaweedfs: "keeps keys as paths and makes them shorter",
  },
  /** A key of 1024 bytes without a slash. */
  longKeySegments: {
    seaweedfs: "keeps keys as paths, whose segments are shorter: KeyTooLong",
  },
  /** Keys with a line feed and other control characters. */
  controlCharacters: {
    moto: "answers a key with a line feed with an HTML page",
  },

  // What an object carries.
  /** Tags given to CreateMultipartUpload are those of the object. */
  tagsAtCreate: {
    radosgw: "loses the tags",
  },
  /** Any of S3's storage classes is taken and given back. */
  storageClasses: {
    radosgw: "refuses all but those it was configured with, STANDARD and STANDARD_IA",
  },
  /** Objects in GLACIER and DEEP_ARCHIVE cannot be read until they are restored. */
  restore: {
    radosgw: "does not know RestoreObject",
    seaweedfs: "answers RestoreObject with 405",
  },
  /** A list with x-amz-optional-object-attributes: RestoreStatus says what is restored. */
  restoreStatusInLists: {
    radosgw: "leaves it out",
    seaweedfs: "leaves it out",
    moto: "leaves it out",
  },
  /** An object with a customer's key is read only with that key. */
  customerKeys: {
    moto: "stores it in the clear",
  },
  /** An object with a KMS key names that key. */
  kmsKeys: {
    seaweedfs: "has no key service set up",
  },

  // Who may do what.
  /** A copy needs the right to read its source. */
  copySourceAccess: {
    moto: "does not ask who may read the source",
  },
  /** A body other than the one that was signed is refused. */
  bodyHash: {
    seaweedfs: "does not compare x-amz-content-sha256 with the body",
    moto: "does not compare x-amz-content-sha256 with the body",
  },
  /** A request that was signed an hour ago is refused. */
  clockSkew: {
    moto: "does not look at the time",
  },
} as const satisfies Readonly<Record<string, Readonly<Partial<Record<ServerName, string>>>>>;

/** Something that a test can need of a server. */
export type Feature = keyof typeof gaps;

/** Why a test that needs these features cannot run on this server, or undefined when it can. */
export function gapOf(server: ServerName, needed: readonly Feature[]): string | undefined {
  for (const feature of needed) {
    const known: Readonly<Partial<Record<ServerName, string>>> = gaps[feature];
    const why = known[server];
    if (why !== undefined) return `known gap of ${server}: ${why}`;
  }
  return undefined;
}
