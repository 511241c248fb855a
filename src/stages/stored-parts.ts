import type { S3Bucket } from "../s3/client.ts";
import { listParts, type ListedPart } from "../s3/list-parts.ts";
import type { Upload } from "./uploads.ts";

/**
 * The upload as it lies at the target, where its ETags are no MD5s and so are others each time that
 * a part is written: a task that was run twice has left those of one run, and told those of the
 * other. Undefined where a part is missing or has another length. The bytes of such parts are
 * proved otherwise: by checksums, or MD5s that were sent along.
 */
export async function withStoredEtags(
  target: S3Bucket,
  upload: Upload,
): Promise<Upload | undefined> {
  const { targetKey, uploadId } = upload;
  const stored = new Map<number, ListedPart>();
  let marker: number | undefined;
  do {
    const { parts, next } = await listParts(target, targetKey, {
      uploadId,
      partNumberMarker: marker,
    });
    for (const part of parts) stored.set(part.partNumber, part);
    marker = next;
  } while (marker !== undefined);
  const results = [];
  for (const result of upload.results) {
    const { part, start, stop } = result.part;
    const found = stored.get(part);
    if (found === undefined || found.size !== stop - start + 1) return undefined;
    results.push({ ...result, newEtag: found.etag });
  }
  return { ...upload, results };
}
