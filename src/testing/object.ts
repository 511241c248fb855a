import type { Owner } from "./account.ts";
import type { Checksum, ChecksumAlgorithm, ChecksumType } from "./checksums.ts";
import type { Encryption } from "./encryption.ts";
import type { ObjectLock } from "./object-lock.ts";
import type { Tag } from "./tags.ts";

/** What a client says about an object besides its bytes. */
export interface Description {
  /** Content-Type and the other standard headers that S3 keeps, by lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  /** User metadata, by name without `x-amz-meta-`. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly websiteRedirect: string | undefined;
  readonly storageClass: string;
  readonly tags: readonly Tag[];
  readonly encryption: Encryption;
  readonly lock?: ObjectLock | undefined;
}

/** One part of an object made by a multipart upload. */
export interface ObjectPart {
  readonly size: number;
  /** Base64, in the object's algorithm. */
  readonly checksum: string;
}

/** A restored copy of an archived object, or one on its way. */
export interface Restore {
  readonly readyAt: Date;
  /** Absent for an Intelligent-Tiering object, which comes back for good. */
  readonly expiresAt: Date | undefined;
}

/** An object, or one version of it. Tests may set the fields that are not `readonly`. */
export interface StoredObject extends Description {
  readonly kind: "object";
  readonly key: string;
  /** "null" where the bucket has no versions. */
  readonly versionId: string;
  readonly owner: Owner;
  /**
   * The bytes, in one or more pieces; never changed, so that copies and replies under way may share
   * them.
   */
  readonly data: readonly Buffer[];
  readonly size: number;
  /** Without quotes. */
  readonly etag: string;
  /** Whole seconds, as S3 keeps them. */
  readonly lastModified: Date;
  /** Absent unless the object was made by a multipart upload. */
  readonly parts: readonly ObjectPart[] | undefined;
  readonly checksum: Checksum;
  /** True when a client chose the checksum's algorithm; false when S3 added its default one. */
  readonly checksumWasAsked: boolean;
  storageClass: string;
  tags: readonly Tag[];
  restore: Restore | undefined;
  /**
   * An Intelligent-Tiering object's state that makes it unreadable: ARCHIVE_ACCESS or
   * DEEP_ARCHIVE_ACCESS.
   */
  archiveStatus: string | undefined;
}

/** What a DELETE leaves behind in a bucket that keeps versions. */
export interface DeleteMarker {
  readonly kind: "marker";
  readonly key: string;
  readonly versionId: string;
  readonly owner: Owner;
  readonly lastModified: Date;
}

export type Version = StoredObject | DeleteMarker;

/** A part waiting for its upload to be completed. */
export interface UploadedPart {
  readonly number: number;
  readonly data: Buffer;
  /** The MD5 of the bytes: 16 bytes, which the object's ETag is made of. */
  readonly md5: Buffer;
  /** Without quotes; the MD5 in hex unless KMS or the client's key encrypts it. */
  readonly etag: string;
  /** Base64, in the upload's algorithm. */
  readonly checksum: string;
  readonly lastModified: Date;
}

/** A multipart upload that is neither completed nor aborted. */
export interface Upload {
  readonly uploadId: string;
  readonly key: string;
  /** Who began it; the object will be the bucket owner's. */
  readonly initiator: Owner;
  readonly initiated: Date;
  readonly description: Description;
  readonly algorithm: ChecksumAlgorithm;
  readonly checksumType: ChecksumType;
  readonly checksumWasAsked: boolean;
  readonly parts: Map<number, UploadedPart>;
}
