import type { Entry } from "../record/entry.ts";
import type { CallOptions, S3Bucket } from "../s3/client.ts";
import { headObject } from "../s3/head-object.ts";
import { isMd5 } from "../s3/multipart-etag.ts";
import { openSource, type SourceBody } from "../s3/source-body.ts";
import { type BothBuckets, compareChecksums, compareEtags, headOf } from "./ask-objects.ts";
import { firstDifference } from "./same-bytes.ts";

/** How much is done to prove two objects equal. */
export const proofLevels = ["listing", "checksum", "bytes"] as const;
export type ProofLevel = (typeof proofLevels)[number];

/** What a proof rests on. */
export type ProofBasis = "size" | "etag" | "checksum" | "bytes";

/** What is proved of two objects of one key. */
export type Proof =
  | { readonly kind: "equal"; readonly by: ProofBasis }
  | {
      readonly kind: "different";
      readonly by: ProofBasis;
      /** The first byte that differs, where bytes were compared. */
      readonly at?: number;
    }
  /** Neither can be proved, as of objects in other parts without a checksum of the whole. */
  | { readonly kind: "unproved" };

/**
 * Proves two objects of one key equal or different; the times of change are no proof.
 *
 * | level | rests on | S3 is asked for |
 * | --- | --- | --- |
 * | `listing` | size and ETag; where ETags cannot tell, the checksums that S3 keeps | 2 HEADs for such a pair |
 * | `checksum` | those checksums; where there are none to compare, ETags | 2 HEADs |
 * | `bytes` | all bytes | 2 GETs |
 *
 * Without buckets, lists are all there is. Throws an S3Error where one has changed since it was listed, or cannot be read.
 */
export async function provePair(
  source: Entry,
  target: Entry,
  level: ProofLevel,
  buckets: BothBuckets | undefined,
  options: CallOptions,
): Promise<Proof> {
  const listed = proofOfListing(source, target);
  if (listed.kind === "different" && listed.by === "size") return listed;
  if (buckets === undefined || (level === "listing" && listed.kind === "equal")) return listed;
  if (level === "bytes") {
    // A small body is read whole, and is asked for again only with the other.
    return buckets.source.s3.retrying(
      (_attempt, once) => proveByBytes(source, target, buckets, once),
      options,
    );
  }
  const [head, otherHead] = await Promise.all([
    headOf(buckets.source, source, options),
    headOf(buckets.target, target, options),
  ]);
  const verdict = compareChecksums(head, otherHead) ?? compareEtags(head, otherHead);
  if (verdict === undefined) return { kind: "unproved" };
  return { kind: verdict.same ? "equal" : "different", by: verdict.by };
}

/** What of a pair can be proved without asking. */
export function proofOfListing(source: Entry, target: Entry): Proof {
  if (source.size !== target.size) return { kind: "different", by: "size" };
  if (source.etag === target.etag && source.etag !== "") return { kind: "equal", by: "etag" };
  // That they are no MD5s a list does not tell; to call what is equal different does no harm here.
  const areMd5s = isMd5(source.etag) && isMd5(target.etag);
  return areMd5s ? { kind: "different", by: "etag" } : { kind: "unproved" };
}

async function proveByBytes(
  source: Entry,
  target: Entry,
  buckets: BothBuckets,
  options: CallOptions,
): Promise<Proof> {
  const opened: SourceBody[] = [];
  const open = async (bucket: S3Bucket, entry: Entry): Promise<void> => {
    opened.push(await openEntry(bucket, entry, options));
  };
  try {
    await open(buckets.source, source);
    await open(buckets.target, target);
    const [a, b] = opened.map(piecesOf);
    const at = await firstDifference(a!, b!);
    return at === undefined
      ? { kind: "equal", by: "bytes" }
      : { kind: "different", by: "bytes", at };
  } finally {
    for (const body of opened) body.discard();
  }
}

async function openEntry(
  bucket: S3Bucket,
  { key, etag, attributes }: Entry,
  options: CallOptions,
): Promise<SourceBody> {
  const versionId = attributes?.version;
  // A body that breaks off is gone on with, which must be one of the same object.
  const ifMatch = etag || (await headObject(bucket, key, { versionId }, options)).etag;
  return openSource(bucket, key, { ifMatch, versionId, hash: () => false }, options);
}

async function* piecesOf({ body }: SourceBody): AsyncGenerator<Uint8Array> {
  if (typeof body === "function") yield* body();
  else yield body;
}
