import { escapeColumn } from "../record/escape.ts";
import { type Result, resultCodec } from "../record/result.ts";
import { abortMultipartUpload } from "../s3/abort-multipart-upload.ts";
import type { BodyChecksum, ChecksumAlgorithm } from "../s3/checksum.ts";
import type { S3Bucket } from "../s3/client.ts";
import { completeUpload } from "../s3/complete-upload.ts";
import { headObject } from "../s3/head-object.ts";
import { multipartEtag } from "../s3/multipart-etag.ts";
import type { Stage, StageContext } from "../stage.ts";
import { mapConcurrent } from "../stream/map-concurrent.ts";
import type { OnUnknownParts } from "./multipartlist.ts";
import { type Undone, undoneBy } from "./outcome.ts";
import { Stopper } from "./stopper.ts";
import { groupUploads, type Upload } from "./uploads.ts";

export interface MultipartcompleteNeeds {
  readonly target: S3Bucket;
  /** Completes and aborts nothing; says what it would do by `report`. */
  readonly dryRun?: boolean | undefined;
  readonly report?: ((text: string) => void) | undefined;
  readonly onUnknownParts?: OnUnknownParts | undefined;
}

type Context = MultipartcompleteNeeds & StageContext;

/**
 * Completes uploads whose parts are all copied, one request each, and passes their results on; an upload of which a part is
 * missing or failed, or whose ETag would not be the source's, is aborted. The parts of an upload may come in any order, mixed
 * with others.
 */
export const multipartcomplete: Stage<Result, Result, MultipartcompleteNeeds> = {
  name: "multipartcomplete",
  reads: resultCodec,
  writes: resultCodec,

  async *run(results, context) {
    // An interrupt stops what comes before; what has come to here is settled, or uploads would be left behind.
    const stopper = new Stopper(neverAborted);
    const { concurrency } = context;
    yield* mapConcurrent(groupUploads(results), { concurrency }, (group) => {
      if (!("uploadId" in group)) return [group];
      return stopper.guard(
        () => settle(group, context),
        (undone) => undoneResults(group, undone),
      );
    });
    stopper.throwIfStopped();
  },
};

async function settle(upload: Upload, context: Context): Promise<readonly Result[]> {
  const { target, dryRun, report, onUnknownParts = "copy" } = context;
  const verdict = judge(upload, onUnknownParts);
  if (dryRun === true) {
    const plan = "code" in verdict ? `abort (${verdict.code})` : "complete";
    report?.(`would ${plan} ${escapeColumn(upload.key)}:${upload.uploadId}`);
    return upload.results;
  }
  if ("code" in verdict) return abort(upload, verdict, target);
  try {
    return await complete(upload, verdict, target);
  } catch (error) {
    return abort(upload, undoneBy(error, neverAborted), target);
  }
}

async function complete(
  { key, etag, uploadId, results }: Upload,
  { newEtag, size }: Complete,
  target: S3Bucket,
): Promise<readonly Result[]> {
  const attributes = results[0]?.attributes;
  const parts = results.map(({ part, newEtag = "", attributes }) => ({
    partNumber: part.part,
    etag: newEtag,
    checksum: bodyChecksumOf(attributes?.checksum),
  }));
  const whole = bodyChecksumOf(attributes?.whole);
  const checksum = whole && ({ ...whole, type: "FULL_OBJECT" } as const);
  const written = await completeUpload(
    target,
    key,
    { uploadId, parts, checksum },
    { etag: newEtag, size },
  );
  const isSame = written.etag === etag;
  const codes = [
    attributes?.code,
    isSame ? undefined : "ETagDiffers",
    (await hasLostTags(target, key, attributes?.tags)) ? "TagsLost" : undefined,
  ].filter((code) => code !== undefined);
  const shown =
    codes.length === 0
      ? undefined
      : { code: codes.join(","), newetag: isSame ? undefined : written.etag };
  return results.map((result) => ({ ...result, attributes: shown }));
}

/**
 * Ends the upload. Where only parts are missing the object may be there all the same: an earlier try has completed it, and these
 * are the rows of a part that was copied twice.
 */
async function abort(upload: Upload, undone: Undone, target: S3Bucket): Promise<readonly Result[]> {
  const { key, etag, uploadId, results } = upload;
  await abortMultipartUpload(target, key, { uploadId });
  if (undone.code === "MissingParts") {
    const head = await headObject(target, key).catch(() => undefined);
    if (head?.etag === etag) return results.map((result) => ({ ...result, attributes: undefined }));
  }
  return undoneResults(upload, undone);
}

/** What the object will be when the upload is completed. */
interface Complete {
  /** Its ETag; undefined where it will be no MD5 of MD5s. */
  readonly newEtag: string | undefined;
  /** In bytes. */
  readonly size: number;
}

/** Compares the ETag that the parts will make with the source's, before there is an object to be wrong. */
function judge(
  { etag, parts, results }: Upload,
  onUnknownParts: OnUnknownParts,
): Complete | Undone {
  if (results.some(({ attributes }) => attributes?.outcome !== undefined)) {
    return { outcome: "failed", code: "UploadAborted" };
  }
  let size = 0;
  for (const [i, { part }] of results.entries()) {
    if (part.part !== i + 1 || part.start !== size) return missingParts;
    size = part.stop + 1;
  }
  if (results.length !== parts) return missingParts;

  // Where the target's ETags are no MD5s, the copier has noted those of the bytes it read.
  const md5s = results.map(({ attributes, newEtag = "" }) => attributes?.md5 ?? newEtag);
  const isOpaque = results.some(({ attributes }) => attributes?.md5 !== undefined);
  const proven = multipartEtag(md5s);
  const whole = { newEtag: isOpaque ? undefined : proven, size };
  const proof = results[0]?.attributes?.proof;
  if (proven === etag || proof === "none") return whole;
  if (proof !== "guess") return { outcome: "failed", code: "ETagMismatch" };
  if (onUnknownParts === "copy") return whole;
  return { outcome: onUnknownParts === "skip" ? "skipped" : "failed", code: "UnknownParts" };
}

const missingParts: Undone = { outcome: "failed", code: "MissingParts" };

function undoneResults({ results }: Upload, undone: Undone): readonly Result[] {
  return results.map((result) =>
    result.attributes?.outcome === undefined
      ? { ...result, newEtag: undefined, attributes: { ...undone } }
      : result,
  );
}

/** Some servers forget the tags that an upload is begun with. Who may not read the object cannot tell. */
async function hasLostTags(
  target: S3Bucket,
  key: string,
  tags: string | undefined,
): Promise<boolean> {
  if (tags === undefined) return false;
  const head = await headObject(target, key).catch(() => undefined);
  return head !== undefined && head.tagCount !== Number(tags);
}

/** Reads a checksum as records write it, `ALGORITHM:VALUE`. */
function bodyChecksumOf(text: string | undefined): BodyChecksum | undefined {
  const [algorithm, value] = text?.split(":") ?? [];
  return value === undefined ? undefined : { algorithm: algorithm as ChecksumAlgorithm, value };
}

const neverAborted = new AbortController().signal;
