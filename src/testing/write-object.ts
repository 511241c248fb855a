import type { Call, Reply } from "./call.ts";
import { demand } from "./access.ts";
import { checksumHeader, fullChecksum } from "./checksums.ts";
import type { Checksum } from "./checksums.ts";
import { checkWriteConditions } from "./conditions.ts";
import { checkKey, describeObject } from "./describe-object.ts";
import { encryptionHeaders, etagFor } from "./encryption.ts";
import { versionHeaders } from "./find-object.ts";
import { checkLockedBody } from "./object-lock.ts";
import type { Description, ObjectPart, StoredObject } from "./object.ts";
import { md5, newVersionId, putVersion, wholeSeconds } from "./store.ts";
import type { Bucket } from "./store.ts";

/** PutObject. */
export async function putObject(call: Call): Promise<Reply> {
  const { bucket, caller, key } = call;
  checkKey(key);
  demand(bucket, caller, "s3:PutObject", key);
  const description = describeObject(call);
  if (description.tags.length > 0) demand(bucket, caller, "s3:PutObjectTagging", key);
  checkLockedBody(call.headers, description.lock);
  const { bytes, checksum } = await call.body();
  const object = writeObject(call, {
    description,
    data: [bytes],
    etag: etagFor(md5([bytes]), description.encryption),
    parts: undefined,
    checksum: checksum ?? fullChecksum("CRC64NVME", [bytes]),
    checksumWasAsked: checksum !== undefined,
  });
  return {
    status: 200,
    headers: {
      ...writtenHeaders(call.bucket, object),
      [checksumHeader(object.checksum.algorithm)]: object.checksum.value,
      "x-amz-checksum-type": object.checksum.type,
    },
  };
}

/** What a write puts at a key. */
export interface NewObject {
  readonly description: Description;
  readonly data: readonly Buffer[];
  readonly etag: string;
  readonly parts: readonly ObjectPart[] | undefined;
  readonly checksum: Checksum;
  readonly checksumWasAsked: boolean;
}

/**
 * Puts an object at the call's key if the call's conditions hold. All in one step, without waiting
 * for anything, so that of several writers that ask for `If-None-Match: *` one wins.
 */
export function writeObject(call: Call, object: NewObject): StoredObject {
  const { bucket, key, headers, store, settings } = call;
  checkWriteConditions(headers, key, store.object(bucket.name, key));
  return storeObject(bucket, key, settings.now(), object);
}

/** Puts an object at a key without asking. The bucket's owner owns it, whoever sent it. */
export function storeObject(
  bucket: Bucket,
  key: string,
  now: Date,
  { description, data, etag, parts, checksum, checksumWasAsked }: NewObject,
): StoredObject {
  const object: StoredObject = {
    ...description,
    kind: "object",
    key,
    versionId: newVersionId(bucket),
    owner: bucket.owner,
    data,
    size: data.reduce((size, piece) => size + piece.length, 0),
    etag,
    lastModified: wholeSeconds(now),
    parts,
    checksum,
    checksumWasAsked,
    restore: undefined,
    archiveStatus: undefined,
  };
  putVersion(bucket, object);
  return object;
}

/** The headers that every write answers with. */
export function writtenHeaders(bucket: Bucket, object: StoredObject): Record<string, string> {
  return {
    etag: `"${object.etag}"`,
    ...encryptionHeaders(object.encryption),
    ...versionHeaders(bucket, object.versionId),
  };
}
