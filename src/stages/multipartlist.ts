import { randomUUID } from "node:crypto";
import type { Attributes } from "../record/attributes.ts";
import { type Entry, entryCodec } from "../record/entry.ts";
import { type Task, taskCodec } from "../record/task.ts";
import { beginUpload } from "../s3/begin-upload.ts";
import type { Headers } from "../s3/bucket-request.ts";
import type { S3Bucket } from "../s3/client.ts";
import type { UploadBegun, UploadIdentity } from "../s3/create-multipart-upload.ts";
import { hasMd5Etag } from "../s3/encryption.ts";
import { headObject } from "../s3/head-object.ts";
import { partCount } from "../s3/multipart-etag.ts";
import { carriedHeaders, type ObjectHead } from "../s3/object-head.ts";
import { cliPartSize, equalParts, findPartMap, maxPartBytes } from "../s3/part-map.ts";
import type { Stage, StageContext } from "../stage.ts";
import { mapConcurrent } from "../stream/map-concurrent.ts";
import { abortUploads } from "./abort-uploads.ts";
import { hasArchivedHead, isArchived } from "./archived.ts";
import { RecordError, undoneTask } from "./outcome.ts";
import { Stopper } from "./stopper.ts";
import { tagsHeader } from "./tags.ts";
import { unfinishedUpload } from "./unfinished-upload.ts";
import { tasksOf, type UploadPlan } from "./upload-plan.ts";
import { keptChecksum, proofsOf, wholeChecksum } from "./upload-proofs.ts";

/**
 * What to do with an object whose parts' sizes cannot be found out: copy it cut otherwise, which
 * changes its ETag; or leave it, as skipped or as failed.
 */
export type OnUnknownParts = "copy" | "skip" | "fail";

export interface MultipartlistNeeds {
  readonly source: S3Bucket;
  readonly target: S3Bucket;
  /** Begins no upload; the tasks get ids that no upload has. */
  readonly dryRun?: boolean | undefined;
  readonly onUnknownParts?: OnUnknownParts | undefined;
  /** Asks for the size of every part. */
  readonly exactParts?: boolean | undefined;
  /**
   * Looks for an unfinished upload of the key, one that an earlier try began, before it begins
   * another.
   */
  readonly reuseUploads?: boolean | undefined;
  /**
   * Leaves uploads whose tasks nobody took to the next try, which reuses them: as in a Hadoop task.
   */
  readonly keepUploads?: boolean | undefined;
  /** Headers that the new object gets in place of the source's: storage class, encryption, ACL. */
  readonly changes?: Headers | undefined;
}

type Context = MultipartlistNeeds & StageContext;

/** Uploads whose tasks nobody has taken yet, by id. */
type Begun = Map<string, { readonly key: string; readonly uploadId: string }>;

/**
 * Makes the tasks of a copy: one an object, or one a part of an object that was uploaded in parts,
 * for which it finds out how it was cut and begins the upload. No request for a plain object.
 */
export const multipartlist: Stage<Entry, Task, MultipartlistNeeds> = {
  name: "multipartlist",
  reads: entryCodec,
  writes: taskCodec,

  async *run(entries, context) {
    const stopper = new Stopper(context.signal);
    const { concurrency, target, counters } = context;
    const begun: Begun = new Map();
    const plans = mapConcurrent<Entry, Task | UploadPlan>(
      entries,
      { concurrency, ordered: true },
      (entry) => {
        if (entry.attributes?.outcome !== undefined) return [entry];
        if (entry.attributes?.change === "removed") return [skipped(entry, "Removed")];
        if (isArchived(entry)) return [skipped(entry, "InvalidObjectState")];
        if (partCount(entry.etag) === undefined && entry.size <= maxPartBytes) return [entry];
        return stopper.guard<readonly (Task | UploadPlan)[]>(
          async () => [await plan(entry, context, begun)],
          (undone) => [undoneTask(entry, undone)],
        );
      },
    );
    try {
      yield* tasksOf(plans, (uploadId) => begun.delete(uploadId));
    } finally {
      // When the reader is gone, or a plan failed after its upload was begun, nobody else knows of
      // these.
      if (begun.size > 0 && context.keepUploads !== true) {
        const left = await abortUploads(target, begun.values());
        if (left > 0) counters.add("multipartlist", "UploadsLeft", left);
      }
    }
    stopper.throwIfStopped();
  },
};

async function plan(entry: Entry, context: Context, begun: Begun): Promise<Task | UploadPlan> {
  const { source, onUnknownParts = "copy", exactParts = false, dryRun, signal } = context;
  const { key, etag, size, attributes } = entry;
  const read = { ifMatch: etag, versionId: attributes?.version, checksums: true };
  const parts = partCount(etag);
  const { head, map } =
    parts === undefined
      ? { head: await headObject(source, key, read, { signal }), map: undefined }
      : await findPartMap(source, key, { size, parts, read, exact: exactParts }, { signal });
  if (hasArchivedHead(head)) return skipped(entry, "InvalidObjectState");
  if (map === undefined && onUnknownParts === "skip") return skipped(entry, "UnknownParts");
  if (map === undefined && onUnknownParts === "fail") {
    throw new RecordError("UnknownParts", "the sizes of its parts cannot be found out");
  }
  const cut = map ?? { lengths: equalParts(size, cliPartSize(size)), known: false };
  const proof = map === undefined || !hasMd5Etag(head) ? "none" : map.known ? undefined : "guess";
  if (proof !== undefined) context.counters.add("multipartlist", unproven[proof]);
  const shown: Attributes = {
    ...attributes,
    checksum: undefined,
    parts: cut.lengths.length === parts ? undefined : String(cut.lengths.length),
    code: head.missingMetadata > 0 ? "MissingMetadata" : undefined,
  };
  const planned = { entry, lengths: cut.lengths, tags: head.tagCount };
  // What only the stages to come need to know is left out: the tasks of a dry run are to be looked
  // at.
  if (dryRun === true) return { ...planned, uploadId: randomUUID(), attributes: shown };

  const from = { source, read, signal };
  const whole = proof && (await wholeChecksum(entry, head, from));
  const checksum = keptChecksum(entry, head, cut, whole);
  const upload = await begin(entry, head, checksum, context);
  begun.set(upload.uploadId, { key, uploadId: upload.uploadId });
  const proofs = await proofsOf(entry, { head, checksum, upload, proof, whole }, from);
  const isLost = head.checksum?.type === "COMPOSITE" && checksum?.type !== "COMPOSITE";
  const codes = [shown.code, isLost ? "ChecksumLost" : undefined].filter(Boolean).join(",");
  return {
    ...planned,
    uploadId: upload.uploadId,
    attributes: { ...shown, ...proofs, code: codes === "" ? undefined : codes },
  };
}

/**
 * How a run's summary calls the objects whose parts are a guess, and those whose ETag cannot be
 * kept.
 */
const unproven = { guess: "GuessedParts", none: "OtherETag" } as const;

async function begin(
  entry: Entry,
  head: ObjectHead,
  checksum: UploadBegun["checksum"],
  { source, target, reuseUploads, changes, signal }: Context,
): Promise<UploadIdentity> {
  const { key, attributes } = entry;
  if (reuseUploads === true) {
    const found = await unfinishedUpload(target, entry, signal);
    if (found !== undefined) return found;
  }
  const tags = await tagsHeader(source, key, head, attributes?.version, { signal });
  const headers = { ...carriedHeaders(head), ...tags, ...changes };
  // Without the signal: an upload that is begun while its request is given up would be left behind.
  return beginUpload(target, key, { headers, checksum });
}

function skipped(entry: Entry, code: string): Task {
  return undoneTask(entry, { outcome: "skipped", code });
}
