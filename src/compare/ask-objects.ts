import type { Entry } from "../record/entry.ts";
import type { CallOptions, S3Bucket } from "../s3/client.ts";
import { hasMd5Etag } from "../s3/encryption.ts";
import { headObject } from "../s3/head-object.ts";
import { isMd5, partCount } from "../s3/multipart-etag.ts";
import type { Checksum, ObjectHead } from "../s3/object-head.ts";
import { compareTimes, type Verdict } from "./compare-entries.ts";

/** A verdict that is a proof. */
interface Settled extends Verdict {
  readonly by: "checksum" | "etag";
}

/** The buckets of both sides. */
export interface BothBuckets {
  readonly source: S3Bucket;
  readonly target: S3Bucket;
}

/**
 * Compares two objects of one size by what S3 keeps of them: two HEADs, pinned to the listed ETags. The first of these decides that can:
 *
 * 1. checksums of the whole object, of one algorithm
 * 2. ETags: equal ones, and different ones that are the MD5s of the bytes
 * 3. the times of change, which prove nothing
 *
 * Throws an S3Error where one has changed since, is not there any more, or may not be read.
 */
export async function askObjects(
  source: Entry,
  target: Entry,
  buckets: BothBuckets,
  options?: CallOptions,
): Promise<Verdict> {
  const [head, otherHead] = await Promise.all([
    headOf(buckets.source, source, options),
    headOf(buckets.target, target, options),
  ]);
  return (
    compareChecksums(head, otherHead) ??
    compareEtags(head, otherHead) ??
    compareTimes(source, target)
  );
}

/** Asks for the head of an object as it was listed, and for the checksum that S3 keeps of it. */
export function headOf(bucket: S3Bucket, entry: Entry, options?: CallOptions): Promise<ObjectHead> {
  const { key, etag, attributes } = entry;
  const read = { ifMatch: etag || undefined, versionId: attributes?.version, checksums: true };
  return headObject(bucket, key, read, options);
}

/**
 * Compares the checksums that S3 keeps with two objects; undefined where they cannot tell: a different one that is made of the
 * checksums of parts may come of other parts.
 */
export function compareChecksums(a: ObjectHead, b: ObjectHead): Settled | undefined {
  if (a.checksum === undefined || b.checksum === undefined) return undefined;
  if (a.checksum.algorithm !== b.checksum.algorithm) return undefined;
  const same = a.checksum.value === b.checksum.value;
  const isDecided = same
    ? isOfWhole(a.checksum, a) === isOfWhole(b.checksum, b)
    : isOfWhole(a.checksum, a) && isOfWhole(b.checksum, b);
  return isDecided ? { same, by: "checksum" } : undefined;
}

/** Servers that are older than the types do not name one. */
function isOfWhole({ type, value }: Checksum, { etag }: ObjectHead): boolean {
  if (type !== undefined) return type === "FULL_OBJECT";
  return partCount(etag) === undefined && !value.includes("-");
}

/**
 * Compares ETags; undefined where different ones may be of the same bytes: of objects in parts, or where they are no MD5s. S3 can put
 * an object under KMS later and keep its ETag, so equal ones are a proof in any case.
 */
export function compareEtags(a: ObjectHead, b: ObjectHead): Settled | undefined {
  if (a.etag === b.etag && a.etag !== "") return { same: true, by: "etag" };
  const areMd5s = [a, b].every((head) => hasMd5Etag(head) && isMd5(head.etag));
  return areMd5s ? { same: false, by: "etag" } : undefined;
}
