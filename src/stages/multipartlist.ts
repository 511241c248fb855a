import { randomUUID } from "node:crypto";
import type { Attributes } from "../record/attributes.ts";
import { type Entry, entryCodec } from "../record/entry.ts";
import { type Task, taskCodec } from "../record/task.ts";
import { abortMultipartUpload } from "../s3/abort-multipart-upload.ts";
import { beginUpload } from "../s3/begin-upload.ts";
import type { Headers } from "../s3/bucket-request.ts";
import type { S3Bucket } from "../s3/client.ts";
import type { UploadBegun, UploadIdentity } from "../s3/create-multipart-upload.ts";
import { listMultipartUploads } from "../s3/list-multipart-uploads.ts";
import { partCount } from "../s3/multipart-etag.ts";
import { hasMd5Etag } from "../s3/encryption.ts";
import { carriedHeaders, type ObjectHead } from "../s3/object-head.ts";
import {
  cliPartSize,
  equalParts,
  findPartMap,
  maxPartBytes,
  type PartMap,
} from "../s3/part-map.ts";
import { headObject, type ObjectRead } from "../s3/head-object.ts";
import { tagsHeader } from "./tags.ts";
import type { Stage, StageContext } from "../stage.ts";
import { mapConcurrent } from "../stream/map-concurrent.ts";
import { isArchived } from "./archived.ts";
import { RecordError, undoneTask } from "./outcome.ts";
import { Stopper } from "./stopper.ts";

/** What to do with an object whose parts' sizes cannot be found out: copy it cut otherwise, which changes its ETag; or leave it, as skipped or as failed. */
export type OnUnknownParts = "copy" | "skip" | "fail";

export interface MultipartlistNeeds {
  readonly source: S3Bucket;
  readonly target: S3Bucket;
  /** Begins no upload; the tasks get ids that no upload has. */
  readonly dryRun?: boolean | undefined;
  readonly onUnknownParts?: OnUnknownParts | undefined;
  /** Asks for the size of every part. */
  readonly exactParts?: boolean | undefined;
  /** Looks for an unfinished upload of the key, one that an earlier try began, before it begins another. */
  readonly reuseUploads?: boolean | undefined;
  /** Headers that the new object gets in place of the source's: storage class, encryption, ACL. */
  readonly changes?: Headers | undefined;
}

type Context = MultipartlistNeeds & StageContext;

/**
 * Makes the tasks of a copy: one an object, or one a part of an object that was uploaded in parts, for which it finds out how it was
 * cut and begins the upload. No request for a plain object.
 */
export const multipartlist: Stage<Entry, Task, MultipartlistNeeds> = {
  name: "multipartlist",
  reads: entryCodec,
  writes: taskCodec,

  async *run(entries, context) {
    const stopper = new Stopper(context.signal);
    const { concurrency } = context;
    // Uploads whose tasks nobody has taken yet.
    const begun = new Map<string, string>();
    const tasks = mapConcurrent<Entry, Task>(entries, { concurrency, ordered: true }, (entry) => {
      if (entry.attributes?.outcome !== undefined) return [entry];
      if (entry.attributes?.change === "removed") return [skipped(entry, "Removed")];
      if (isArchived(entry)) return [skipped(entry, "InvalidObjectState")];
      if (partCount(entry.etag) === undefined && entry.size <= maxPartBytes) return [entry];
      return stopper.guard(
        () => plan(entry, context, begun),
        (undone) => [undoneTask(entry, undone)],
      );
    });
    try {
      for await (const page of tasks) {
        yield page;
        for (const { part } of page) if (part !== undefined) begun.delete(part.uploadId);
      }
    } finally {
      // When the reader is gone nobody else knows of these.
      for (const [uploadId, key] of begun) {
        await abortMultipartUpload(context.target, key, { uploadId });
      }
    }
    stopper.throwIfStopped();
  },
};

async function plan(
  entry: Entry,
  context: Context,
  begun: Map<string, string>,
): Promise<readonly Task[]> {
  const { source, onUnknownParts = "copy", exactParts = false, signal } = context;
  const { key, etag, size, attributes } = entry;
  const read = { ifMatch: etag, versionId: attributes?.version, checksums: true };
  const parts = partCount(etag);
  const { head, map } =
    parts === undefined
      ? { head: await headObject(source, key, read, { signal }), map: undefined }
      : await findPartMap(source, key, { size, parts, read, exact: exactParts }, { signal });
  if (map === undefined && onUnknownParts === "skip") return [skipped(entry, "UnknownParts")];
  if (map === undefined && onUnknownParts === "fail") {
    throw new RecordError("UnknownParts", "the sizes of its parts cannot be found out");
  }
  const cut = map ?? { lengths: equalParts(size, cliPartSize(size)), known: false };
  const proof = map === undefined || !hasMd5Etag(head) ? "none" : map.known ? undefined : "guess";
  const checksum = keptChecksum(head, cut);
  const whole = proof === "none" ? await wholeChecksum(entry, head, read, context) : undefined;
  const upload = await begin(entry, head, checksum, context);
  if (context.dryRun !== true) begun.set(upload.uploadId, key);
  if (proof !== undefined) context.counters.add("multipartlist", unproven[proof]);
  const task: Attributes = {
    ...attributes,
    parts: cut.lengths.length === parts ? undefined : String(cut.lengths.length),
    code: head.missingMetadata > 0 ? "MissingMetadata" : undefined,
    // What only the stages to come need to know: the tasks of a dry run are to be looked at.
    ...(context.dryRun !== true && {
      proof,
      // Where an ETag will not tell whether the bytes are right, the copier has to look at them.
      hash: proof !== undefined || !hasMd5Etag(upload) ? "md5" : undefined,
      checksum: checksum?.type === "COMPOSITE" ? checksum.algorithm : undefined,
      whole,
    }),
  };
  let start = 0;
  return cut.lengths.map((length, i) => {
    const part = {
      uploadId: upload.uploadId,
      part: i + 1,
      parts: cut.lengths.length,
      start,
      stop: start + length - 1,
    };
    start += length;
    const tags = i === 0 && head.tagCount > 0 ? String(head.tagCount) : undefined;
    return { ...entry, part, attributes: tags === undefined ? task : { ...task, tags } };
  });
}

/** How a run's summary calls the objects whose parts are a guess, and those whose ETag cannot be kept. */
const unproven = { guess: "GuessedParts", none: "OtherETag" } as const;

async function begin(
  { key, attributes }: Entry,
  head: ObjectHead,
  checksum: UploadBegun["checksum"],
  { source, target, dryRun, reuseUploads, changes, signal }: Context,
): Promise<UploadIdentity> {
  if (dryRun === true) return { uploadId: randomUUID(), encryption: "none" };
  if (reuseUploads === true) {
    const found = await unfinishedUpload(target, key, signal);
    if (found !== undefined) return found;
  }
  const tags = await tagsHeader(source, key, head, attributes?.version, { signal });
  const headers = { ...carriedHeaders(head), ...tags, ...changes };
  // Without the signal: an upload that is begun while its request is given up would be left behind.
  return beginUpload(target, key, { headers, checksum });
}

/** The newest of the key's unfinished uploads. How its parts are encrypted cannot be asked, so they count as unknown. */
async function unfinishedUpload(
  target: S3Bucket,
  key: string,
  signal: AbortSignal,
): Promise<UploadIdentity | undefined> {
  // Uploads of a key are listed oldest first, and before those of any key that it is a prefix of.
  const { uploads } = await listMultipartUploads(target, { prefix: key }, { signal });
  const upload = uploads.findLast((upload) => upload.key === key);
  return upload && { uploadId: upload.uploadId, encryption: "other" };
}

/** The checksum S3 keeps of the whole object: where an ETag proves nothing it lets the target's S3 check the bytes. */
async function wholeChecksum(
  { key }: Entry,
  head: ObjectHead,
  read: ObjectRead,
  { source, signal }: Context,
): Promise<string | undefined> {
  if (head.checksum?.type !== "FULL_OBJECT") return undefined;
  // In the answer to a part number it may be the part's.
  const whole =
    head.partsCount === undefined ? head : await headObject(source, key, read, { signal });
  return whole.checksum && `${whole.checksum.algorithm}:${whole.checksum.value}`;
}

/**
 * The checksum the new object is to keep. One composed of the parts' can be kept only where the parts are the source's and S3 tells
 * theirs, as it does in the answer to a part number.
 */
function keptChecksum(head: ObjectHead, map: PartMap): UploadBegun["checksum"] {
  const { checksum } = head;
  if (checksum?.type === "FULL_OBJECT")
    return { algorithm: checksum.algorithm, type: checksum.type };
  const isPartOwn =
    map.known && head.partsCount !== undefined && checksum?.value.includes("-") === false;
  return checksum?.type === "COMPOSITE" && isPartOwn
    ? { algorithm: checksum.algorithm, type: checksum.type }
    : undefined;
}

function skipped(entry: Entry, code: string): Task {
  return undoneTask(entry, { outcome: "skipped", code });
}
