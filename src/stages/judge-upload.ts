import { multipartEtag } from "../s3/multipart-etag.ts";
import type { OnUnknownParts } from "./multipartlist.ts";
import type { Undone } from "./outcome.ts";
import type { Upload } from "./uploads.ts";

/** What the object will be when an upload is completed. */
export interface ObjectToBe {
  /** Its ETag; undefined where it will be no MD5 of MD5s. */
  readonly newEtag: string | undefined;
  /** In bytes. */
  readonly size: number;
}

/**
 * Decides whether an upload may be completed, by the ETag that its parts will make, before there is
 * an object to be wrong.
 *
 * | parts | ETag to be | verdict |
 * | --- | --- | --- |
 * | one failed, was skipped, or is missing | | abort |
 * | all there | the source's | complete |
 * | all there, cut as the source for sure | another | abort: other bytes came |
 * | all there, cut by a guess | another | as the user decides |
 * | all there, but the source's ETag cannot be kept, or the target's tells nothing | another | complete |
 */
export function judgeUpload(
  { etag, parts, results }: Upload,
  onUnknownParts: OnUnknownParts,
): ObjectToBe | Undone {
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
  const isOpaque = results.some(
    ({ attributes }) => attributes?.md5 !== undefined || attributes?.["proof"] === "copied",
  );
  const proven = multipartEtag(md5s);
  const object = { newEtag: isOpaque ? undefined : proven, size };
  if (proven === etag) return object;
  const proofs = results.map(({ attributes }) => attributes?.["proof"]);
  if (proofs.some((proof) => proof === "none" || proof === "copied")) return object;
  const [proof] = proofs;
  if (proof !== "guess") return { outcome: "failed", code: "ETagMismatch" };
  if (onUnknownParts === "copy") return object;
  return { outcome: onUnknownParts === "skip" ? "skipped" : "failed", code: "UnknownParts" };
}

const missingParts: Undone = { outcome: "failed", code: "MissingParts" };
