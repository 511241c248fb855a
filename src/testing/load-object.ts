import { compositeChecksum, fullChecksum } from "./checksums.ts";
import type { ChecksumAlgorithm } from "./checksums.ts";
import { defaultEncryption, etagFor } from "./encryption.ts";
import type { Description } from "./object.ts";
import { md5 } from "./store.ts";
import type { Bucket } from "./store.ts";
import { storeObject } from "./write-object.ts";

/** A body, or a part of one. */
export type Bytes = string | Uint8Array;

/** What may be said about an object that is put without a request. */
export interface PutMore extends Partial<Description> {
  /** The checksum a client would have asked for: of the whole, or composite for several parts. */
  readonly algorithm?: Exclude<ChecksumAlgorithm, "CRC64NVME">;
}

/** Puts an object into a bucket past all checks; several bodies become the parts of an upload. */
export function loadObject(
  bucket: Bucket,
  key: string,
  now: Date,
  body: Bytes | readonly Bytes[],
  { algorithm, ...more }: PutMore = {},
): void {
  const isUpload = Array.isArray(body);
  const bodies: readonly Bytes[] = isUpload ? body : [body];
  const data = bodies.map((bytes) => Buffer.from(bytes));
  const description: Description = {
    headers: { "content-type": "binary/octet-stream" },
    metadata: {},
    websiteRedirect: undefined,
    storageClass: "STANDARD",
    tags: [],
    encryption: defaultEncryption,
    ...more,
  };
  const whole = isUpload ? md5(data.map((part) => md5([part]))) : md5(data);
  const etag = etagFor(whole, description.encryption);
  const sums = data.map((part) => fullChecksum(algorithm ?? "CRC64NVME", [part]).value);
  storeObject(bucket, key, now, {
    description,
    data,
    etag: isUpload ? `${etag}-${data.length}` : etag,
    parts: isUpload
      ? data.map((part, index) => ({ size: part.length, checksum: sums[index]! }))
      : undefined,
    checksum:
      isUpload && algorithm !== undefined
        ? compositeChecksum(algorithm, sums)
        : fullChecksum(algorithm ?? "CRC64NVME", data),
    checksumWasAsked: algorithm !== undefined,
  });
}
