import { checksumOfText, checksumText } from "../record/checksum.ts";
import { escapeColumn } from "../record/escape.ts";
import { type Result, resultCodec } from "../record/result.ts";
import type { Headers } from "../s3/bucket-request.ts";
import { abortMultipartUpload } from "../s3/abort-multipart-upload.ts";
import type { S3Bucket } from "../s3/client.ts";
import { completeUpload } from "../s3/complete-upload.ts";
import { S3Error } from "../s3/error.ts";
import { headObject } from "../s3/head-object.ts";
import { isOnAws } from "../s3/same-service.ts";
import type { Stage, StageContext } from "../stage.ts";
import { mapConcurrent } from "../stream/map-concurrent.ts";
import { tap } from "../stream/pages.ts";
import { abortUploads } from "./abort-uploads.ts";
import { completedBefore, expectedChecksum } from "./completed-before.ts";
import type { CopyOptions } from "./copy-options.ts";
import { type CopyRules, copyRules, type CustomerKeys, targetCondition } from "./copy-rules.ts";
import { targetKeyOf } from "./copy-run.ts";
import { judgeUpload, type ObjectToBe } from "./judge-upload.ts";
import type { OnUnknownParts } from "./multipartlist.ts";
import { OneAtATime } from "./one-at-a-time.ts";
import { RecordError, type Undone, undoneBy } from "./outcome.ts";
import { isAboutAll, Stopper } from "./stopper.ts";
import { withStoredEtags } from "./stored-parts.ts";
import { targetRefusal } from "./target-refusal.ts";
import { groupUploads, type Upload, uploadName } from "./uploads.ts";

export interface MultipartcompleteNeeds {
  readonly target: S3Bucket;
  /** Completes and aborts nothing; says what it would do by `report`. */
  readonly dryRun?: boolean | undefined;
  readonly report?: ((text: string) => void) | undefined;
  readonly onUnknownParts?: OnUnknownParts | undefined;
  /** Under which conditions objects are made, and what of them is verified. */
  readonly copy?: CopyOptions | undefined;
  /** The keys of the files that `copy` names. */
  readonly keys?: CustomerKeys | undefined;
  /** Leaves uploads to the next try when nobody takes the results: as in a Hadoop task. */
  readonly keepUploads?: boolean | undefined;
}

type Context = MultipartcompleteNeeds & StageContext & { readonly rules: CopyRules };

/**
 * Completes uploads whose parts are all copied, one request each, and passes their results on; an
 * upload of which a part is missing or failed, or whose ETag would not be the source's, is aborted.
 * The parts of an upload may come in any order, mixed with others.
 */
export const multipartcomplete: Stage<Result, Result, MultipartcompleteNeeds> = {
  name: "multipartcomplete",
  reads: resultCodec,
  writes: resultCodec,

  async *run(results, needs) {
    const context = { ...needs, rules: copyRules(needs.copy ?? {}, { keys: needs.keys }) };
    // An interrupt stops what comes before; what has come to here is settled, or uploads would be
    // left behind.
    const stopper = new Stopper(neverAborted);
    const { concurrency, target, counters } = context;
    const settling = new OneAtATime();
    const unsettled = new Map<string, { readonly key: string; readonly uploadId: string }>();
    const seen = tap(results, (page) => {
      for (const result of page) {
        if (result.part === undefined) continue;
        const { uploadId } = result.part;
        const name = uploadName(result.key, uploadId);
        unsettled.set(name, { key: targetKeyOf(result), uploadId });
      }
    });
    try {
      yield* mapConcurrent(groupUploads(seen), { concurrency }, (group) => {
        if (!("uploadId" in group)) return [group];
        const name = uploadName(group.key, group.uploadId);
        unsettled.delete(name);
        return stopper.guard<Upload, readonly Result[]>(
          group,
          // Late rows, of a part that was copied twice, must not end an upload that is being
          // completed.
          (upload) => settling.run(name, () => settle(upload, context)),
          (upload, undone) => undoneResults(upload, left(undone)),
        );
      });
    } finally {
      // When the reader is gone, or a line cannot be read: their other parts will not come any
      // more.
      if (context.keepUploads !== true && context.dryRun !== true) {
        const count = await abortUploads(target, unsettled.values());
        if (count > 0) counters.add("multipartcomplete", "UploadsLeft", count);
      }
    }
    stopper.throwIfStopped();
  },
};

async function settle(upload: Upload, context: Context): Promise<readonly Result[]> {
  const { target, dryRun, report, onUnknownParts = "copy" } = context;
  const verdict = judgeUpload(upload, onUnknownParts);
  if (dryRun === true) {
    const plan = "code" in verdict ? `abort (${verdict.code})` : "complete";
    report?.(`would ${plan} ${escapeColumn(upload.targetKey)}:${upload.uploadId}`);
    return upload.results;
  }
  if ("code" in verdict) return giveUp(upload, verdict, context);
  try {
    return await complete(upload, verdict, context).catch(async (error: unknown) => {
      const isOpaque = verdict.newEtag === undefined;
      if (!(isOpaque && error instanceof S3Error && error.code === "InvalidPart")) throw error;
      const stored = await withStoredEtags(target, upload);
      if (stored === undefined) throw error;
      return complete(stored, verdict, context);
    });
  } catch (error) {
    if (isAboutAll(error)) throw error;
    return giveUp(upload, undoneBy(error, neverAborted), context);
  }
}

async function complete(
  upload: Upload,
  { newEtag, size }: ObjectToBe,
  { target, rules }: Context,
): Promise<readonly Result[]> {
  const { targetKey, uploadId, results } = upload;
  const attributes = results[0]?.attributes;
  const parts = results.map(({ part, newEtag = "", attributes }) => ({
    partNumber: part.part,
    etag: newEtag,
    checksum: checksumOfText(attributes?.checksum),
  }));
  const whole = checksumOfText(attributes?.whole);
  const checksum = whole && ({ ...whole, type: "FULL_OBJECT" } as const);
  const headers = rules.targetHeaders;
  const condition = targetCondition(rules, { attributes });
  const written = await completeUpload(
    target,
    targetKey,
    { uploadId, parts, checksum, headers, ...condition },
    { etag: newEtag, size },
  ).catch((error: unknown) => {
    const isRefused = error instanceof S3Error && error.code === "PreconditionFailed";
    const isGone = error instanceof S3Error && error.code === "NoSuchKey";
    if (condition === undefined || !(isRefused || isGone)) throw error;
    throw targetRefusal(rules.options.noOverwrite === true);
  });
  const isLost = await hasLostTags(target, targetKey, { tags: attributes?.["tags"], headers });
  const isUnknown =
    rules.options.verify !== undefined && !(await isVerified(upload, target, headers));
  return doneResults(
    upload,
    written.etag,
    isLost ? "TagsLost" : undefined,
    isUnknown ? "ChecksumUnknown" : undefined,
  );
}

/**
 * Compares the new object's checksum with the source's, as the parts' records tell it; false where
 * they tell none, or one of another kind.
 */
async function isVerified(upload: Upload, target: S3Bucket, headers: Headers): Promise<boolean> {
  const expected = expectedChecksum(upload.results);
  const head = await headObject(target, upload.targetKey, { checksums: true, headers });
  if (expected === undefined || head.checksum === undefined) return false;
  const found = checksumText(head.checksum);
  if (found === expected) return true;
  if (found.split(":")[0] !== expected.split(":")[0]) return false;
  throw new RecordError("ChecksumDiffers", "the new object has not the source's checksum");
}

/**
 * Ends an upload that cannot be completed. Where it is gone already the object may be there all the
 * same: an earlier try has completed it, and these are rows of parts that were copied twice.
 */
async function giveUp(
  upload: Upload,
  undone: Undone,
  { target, rules }: Context,
): Promise<readonly Result[]> {
  const { targetKey, uploadId } = upload;
  const { isGone, etag } = await completedBefore(upload, undone, target, rules.targetHeaders);
  if (etag !== undefined) return doneResults(upload, etag);
  if (isGone) return undoneResults(upload, undone);
  try {
    await abortMultipartUpload(target, targetKey, { uploadId });
    return undoneResults(upload, undone);
  } catch (error) {
    if (isAboutAll(error)) throw error;
    return undoneResults(upload, left(undone));
  }
}

function doneResults(
  { key, targetKey, etag, results }: Upload,
  newEtag: string,
  ...more: readonly (string | undefined)[]
): readonly Result[] {
  const isSame = newEtag === etag;
  const code = results.find(({ attributes }) => attributes?.outcome === undefined)?.attributes
    ?.code;
  const codes = [code, isSame ? undefined : "ETagDiffers", ...more].filter(
    (one) => one !== undefined,
  );
  const to = targetKey === key ? undefined : targetKey;
  const shown =
    codes.length === 0 && to === undefined
      ? undefined
      : { to, code: codes.join(","), newetag: isSame ? undefined : newEtag };
  return results.map((result) => ({ ...result, attributes: shown }));
}

function undoneResults(upload: Upload, undone: Undone): readonly Result[] {
  const size = sizeOf(upload);
  return upload.results.map((result) => {
    const { outcome, to } = result.attributes ?? {};
    if (outcome !== undefined) return result;
    return { ...result, newEtag: undefined, attributes: { to, size, ...undone } };
  });
}

/** The object's size, so that it can be fed in again; only all parts together tell. */
function sizeOf({ parts, results }: Upload): string | undefined {
  return results.length === parts ? String(results.at(-1)!.part.stop + 1) : undefined;
}

/** Says besides that the upload is still there. */
function left({ outcome, code }: Undone): Undone {
  return { outcome, code: `${code},UploadLeft` };
}

/**
 * Some servers, but not AWS, forget the tags that an upload is begun with. Who may not read the
 * object cannot tell.
 */
async function hasLostTags(
  target: S3Bucket,
  key: string,
  { tags, headers }: { readonly tags: string | undefined; readonly headers: Headers },
): Promise<boolean> {
  if (tags === undefined || isOnAws(target)) return false;
  const head = await headObject(target, key, { headers }).catch(() => undefined);
  return head !== undefined && head.tagCount !== Number(tags);
}

const neverAborted = new AbortController().signal;
