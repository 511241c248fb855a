import { createHash, randomBytes } from "node:crypto";

import type { Owner } from "./account.ts";
import type { BucketEncryption } from "./encryption.ts";
import { Refusal } from "./errors.ts";
import type { StoredObject, Upload, Version } from "./object.ts";
import type { SortedMap } from "./sorted-map.ts";
import type { Tag } from "./tags.ts";

/** A right that another account was given on a bucket. */
export interface Grant {
  /** An access key id, an account's 12 digits, or `*` for everyone who signs. */
  readonly principal: string;
  /** Patterns such as `s3:Get*`. */
  readonly actions: readonly string[];
  /** A pattern for `BUCKET` or `BUCKET/KEY`. */
  readonly resource: string;
}

/** A bucket. Its keys have at least one version each, the newest first. */
export interface Bucket {
  readonly name: string;
  readonly region: string;
  readonly owner: Owner;
  readonly created: Date;
  readonly versions: SortedMap<readonly Version[]>;
  /** Uploads under way, by key, the oldest first. */
  readonly uploads: SortedMap<readonly Upload[]>;
  versioning: "Off" | "Enabled" | "Suspended";
  /** Whether its objects may be locked. */
  hasObjectLock: boolean;
  encryption: BucketEncryption;
  tags: readonly Tag[];
  policy: string | undefined;
  policyGrants: readonly Grant[];
  grants: readonly Grant[];
}

/** All buckets, in memory. Operations work on it after their checks; tests look into it. */
export class Store {
  readonly buckets = new Map<string, Bucket>();

  /** The bucket of this name; refused as NoSuchBucket when there is none. */
  bucket(name: string): Bucket {
    const bucket = this.buckets.get(name);
    if (bucket === undefined) throw new Refusal("NoSuchBucket", { details: { BucketName: name } });
    return bucket;
  }

  /**
   * The newest version of an object, or the one asked for; undefined for none and for a delete
   * marker.
   */
  object(bucketName: string, key: string, versionId?: string): StoredObject | undefined {
    const versions = this.buckets.get(bucketName)?.versions.get(key) ?? [];
    const version =
      versionId === undefined
        ? versions[0]
        : versions.find((version) => version.versionId === versionId);
    return version?.kind === "object" ? version : undefined;
  }

  /** All bytes of an object in one piece; undefined when there is none. */
  bytes(bucketName: string, key: string): Buffer | undefined {
    const object = this.object(bucketName, key);
    return object === undefined ? undefined : Buffer.concat(object.data);
  }

  /** The keys that a listing shows, in order. */
  keys(bucketName: string): string[] {
    const keys: string[] = [];
    for (const [key, [newest]] of this.bucket(bucketName).versions.from(() => false)) {
      if (newest?.kind === "object") keys.push(key);
    }
    return keys;
  }

  /** The uploads that were begun and neither completed nor aborted, in the order of their keys. */
  uploads(bucketName: string): Upload[] {
    return Array.from(
      this.bucket(bucketName).uploads.from(() => false),
      ([, uploads]) => uploads,
    ).flat();
  }
}

/**
 * Puts a new version on top, or in the place of the one that is not kept. `version.versionId` must
 * come from `newVersionId`.
 */
export function putVersion(bucket: Bucket, version: Version): void {
  const versions = bucket.versions.get(version.key) ?? [];
  const kept =
    version.versionId === "null"
      ? versions.filter(({ versionId }) => versionId !== "null")
      : versions;
  bucket.versions.set(version.key, [version, ...kept]);
}

/** The id for a version about to be put: "null" unless the bucket keeps versions. */
export function newVersionId(bucket: Bucket): string {
  return bucket.versioning === "Enabled" ? randomBytes(24).toString("base64url") : "null";
}

/** Removes one version for good; gives it back, or undefined when there was none. */
export function removeVersion(bucket: Bucket, key: string, versionId: string): Version | undefined {
  const versions = bucket.versions.get(key) ?? [];
  const removed = versions.find((version) => version.versionId === versionId);
  if (removed === undefined) return undefined;
  const kept = versions.filter((version) => version !== removed);
  if (kept.length === 0) bucket.versions.delete(key);
  else bucket.versions.set(key, kept);
  return removed;
}

/** Adds an upload. */
export function addUpload(bucket: Bucket, upload: Upload): void {
  bucket.uploads.set(upload.key, [...(bucket.uploads.get(upload.key) ?? []), upload]);
}

/** The upload of this key and id; refused as NoSuchUpload when there is none. */
export function findUpload(bucket: Bucket, key: string, uploadId: string): Upload {
  const upload = bucket.uploads.get(key)?.find((upload) => upload.uploadId === uploadId);
  if (upload === undefined) throw new Refusal("NoSuchUpload", { details: { UploadId: uploadId } });
  return upload;
}

/** Forgets an upload and its parts. */
export function removeUpload(bucket: Bucket, upload: Upload): void {
  const kept = (bucket.uploads.get(upload.key) ?? []).filter((other) => other !== upload);
  if (kept.length === 0) bucket.uploads.delete(upload.key);
  else bucket.uploads.set(upload.key, kept);
}

/** A time as S3 keeps it: without fractions of a second. */
export function wholeSeconds(time: Date): Date {
  return new Date(Math.floor(time.getTime() / 1000) * 1000);
}

/** The MD5 of bytes that lie in several pieces, raw. */
export function md5(pieces: readonly Uint8Array[]): Buffer {
  const hash = createHash("md5");
  for (const piece of pieces) hash.update(piece);
  return hash.digest();
}
