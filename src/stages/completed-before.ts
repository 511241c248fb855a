import type { Headers } from "../s3/bucket-request.ts";
import type { S3Bucket } from "../s3/client.ts";
import { checksumOfText, checksumText } from "../record/checksum.ts";
import { compositeChecksum } from "../s3/composite-checksum.ts";
import { headObject } from "../s3/head-object.ts";
import { listParts } from "../s3/list-parts.ts";
import { isNoSuchUpload } from "../s3/no-such-upload.ts";
import type { Undone } from "./outcome.ts";
import type { Upload } from "./uploads.ts";

/**
 * Finds out whether an upload that cannot be completed was completed by an earlier try, of which
 * these may be late rows: gives the object's ETag if it was. That the upload is gone is not enough,
 * the object must be proved to be the source's, by its ETag or its checksum; nor is such an object,
 * which may be from before.
 */
export async function completedBefore(
  upload: Upload,
  undone: Undone,
  target: S3Bucket,
  headers: Headers = {},
): Promise<{ readonly isGone: boolean; readonly etag?: string | undefined }> {
  if (!mayBeCompleted(upload, undone) || !(await isGone(upload, target))) return { isGone: false };
  return { isGone: true, etag: await etagIfSame(upload, target, headers) };
}

/**
 * Whether what is wrong with an upload might be that it is completed: parts without results, or
 * refused as no upload's.
 */
function mayBeCompleted({ results }: Upload, { code }: Undone): boolean {
  if (mayFollow.has(code)) return true;
  const failed = results.filter(({ attributes }) => attributes?.outcome !== undefined);
  return (
    code === "UploadAborted" &&
    failed.every(({ attributes }) => attributes?.code === "NoSuchUpload")
  );
}

/** A condition on the target is refused too where the object of an earlier try is there. */
const mayFollow = new Set(["MissingParts", "NoSuchUpload", "exists", "TargetChanged"]);

async function isGone({ targetKey, uploadId }: Upload, target: S3Bucket): Promise<boolean> {
  try {
    await listParts(target, targetKey, { uploadId, maxParts: 1 });
    return false;
  } catch (error) {
    return isNoSuchUpload(error);
  }
}

async function etagIfSame(
  { targetKey, etag, results }: Upload,
  target: S3Bucket,
  headers: Headers,
): Promise<string | undefined> {
  const read = { checksums: true, headers };
  const head = await headObject(target, targetKey, read).catch(() => undefined);
  if (head === undefined) return undefined;
  if (head.etag === etag) return etag;
  const { checksum } = head;
  const isSame = checksum !== undefined && checksumText(checksum) === expectedChecksum(results);
  return isSame ? head.etag : undefined;
}

/** The checksum of the object that the parts make, as far as they tell: `ALGORITHM:VALUE`. */
export function expectedChecksum(results: Upload["results"]): string | undefined {
  const whole = results.find(({ attributes }) => attributes?.whole)?.attributes?.whole;
  if (whole !== undefined) return whole;
  const parts = results.map(({ attributes }) => checksumOfText(attributes?.checksum));
  const [first] = parts;
  if (first === undefined || !parts.every((part) => part !== undefined)) return undefined;
  const value = compositeChecksum(parts);
  return value === undefined ? undefined : checksumText({ ...first, value });
}
