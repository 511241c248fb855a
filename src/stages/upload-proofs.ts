import type { Attributes } from "../record/attributes.ts";
import { checksumText } from "../record/checksum.ts";
import type { Entry } from "../record/entry.ts";
import type { Checksum, ChecksumAlgorithm } from "../s3/checksum.ts";
import type { S3Bucket } from "../s3/client.ts";
import type { UploadBegun, UploadIdentity } from "../s3/create-multipart-upload.ts";
import { hasMd5Etag } from "../s3/encryption.ts";
import { headObject, type ObjectRead } from "../s3/head-object.ts";
import type { ObjectHead } from "../s3/object-head.ts";
import type { PartMap } from "../s3/part-map.ts";

/** How far the ETag of a copy proves it, as the attribute `proof` says. */
export type Proof = "guess" | "none" | undefined;

/** Where an object lies, and how it is read. */
export interface ReadFrom {
  readonly source: S3Bucket;
  readonly read: ObjectRead;
  readonly signal: AbortSignal;
}

/**
 * Says how the bytes are proved. An ETag made of MD5s proves them if the target's is made so too.
 * Otherwise the target's S3 compares a checksum that the source's S3 keeps, of each part or of the
 * whole; and if there is none, the MD5 of each part is taken before it is sent, so that it can be
 * sent along.
 */
export async function proofsOf(
  entry: Entry,
  of: {
    readonly head: ObjectHead;
    /** What the upload was begun with. */
    readonly checksum: KeptChecksum;
    readonly upload: UploadIdentity;
    readonly proof: Proof;
    /**
     * The source's checksum of the whole, which is asked for before where `proof` says that it is
     * needed.
     */
    readonly whole: Checksum | undefined;
    /** Whether the checksum of the whole is to be sent even where the ETag proves the bytes. */
    readonly isVerified: boolean;
  },
  from: ReadFrom,
): Promise<Attributes> {
  const { head, checksum, upload, proof, isVerified } = of;
  const isComposite = checksum?.type === "COMPOSITE";
  const shown = {
    proof,
    checksum: isComposite && checksum.isTaken !== true ? checksum.algorithm : undefined,
    take: isComposite && checksum.isTaken === true ? checksum.algorithm : undefined,
  };
  const isOpaque = !hasMd5Etag(upload);
  if (proof === undefined && !isOpaque && !isVerified) return shown;
  const whole =
    proof === undefined && !isVerified ? await wholeChecksum(entry, head, from) : of.whole;
  // S3 compares only a checksum of the kind that the upload was begun with; without one that is
  // CRC64NVME.
  const isComparable = whole?.algorithm === (checksum?.algorithm ?? "CRC64NVME");
  if (proof === undefined && !isOpaque) {
    return { ...shown, whole: whole && isComparable ? checksumText(whole) : undefined };
  }
  return {
    ...shown,
    hash: isOpaque && !isComposite && !isComparable ? "first" : "md5",
    whole: whole && isComparable ? checksumText(whole) : undefined,
  };
}

/** The checksum S3 keeps of the whole object, if there is one. */
export async function wholeChecksum(
  { key }: Entry,
  head: ObjectHead,
  { source, read, signal }: ReadFrom,
): Promise<Checksum | undefined> {
  if (head.checksum?.type === "COMPOSITE") return undefined;
  // The answer to a part number does not tell it.
  const isWhole = head.partsCount === undefined;
  const { checksum } = isWhole ? head : await headObject(source, key, read, { signal });
  return checksum?.type === "FULL_OBJECT" ? checksum : undefined;
}

/** The checksum that an upload is begun with. */
export type KeptChecksum =
  | (NonNullable<UploadBegun["checksum"]> & {
      /** That each part's own is taken here of its bytes, or by S3, since the source has none. */
      readonly isTaken?: boolean | undefined;
    })
  | undefined;

/**
 * The checksum the new object is to keep. One composed of the parts' can be kept only where the
 * parts are the source's and S3 tells theirs, as it does in the answer to a part number. Of the
 * whole, the answer to a part number tells nothing, but the listing does. CRC64NVME is what S3
 * takes by itself.
 */
export function keptChecksum(
  { attributes }: Entry,
  head: ObjectHead,
  map: PartMap,
  whole: Checksum | undefined,
  asked?: ChecksumAlgorithm,
): KeptChecksum {
  const { checksum } = head;
  if (asked !== undefined && checksum?.algorithm !== asked) return askedChecksum(asked);
  if (checksum?.type === "COMPOSITE") {
    const isPartOwn = map.known && head.partsCount !== undefined && !checksum.value.includes("-");
    return isPartOwn ? { algorithm: checksum.algorithm, type: "COMPOSITE" } : undefined;
  }
  const ofHead = checksum?.type === "FULL_OBJECT" ? checksum.algorithm : undefined;
  const listed = attributes?.checksum as ChecksumAlgorithm | undefined;
  const algorithm = whole?.algorithm ?? ofHead ?? listed;
  return algorithm === undefined || algorithm === "CRC64NVME"
    ? undefined
    : { algorithm, type: "FULL_OBJECT" };
}

/** S3 keeps SHA only over the parts' own, and the others over the whole as well. */
function askedChecksum(algorithm: ChecksumAlgorithm): KeptChecksum {
  if (algorithm === "CRC64NVME") return undefined;
  return algorithm.startsWith("SHA")
    ? { algorithm, type: "COMPOSITE", isTaken: true }
    : { algorithm, type: "FULL_OBJECT" };
}
