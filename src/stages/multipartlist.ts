import { randomUUID } from "node:crypto";
import type { Attributes } from "../record/attributes.ts";
import { type Entry, entryCodec } from "../record/entry.ts";
import { type Task, taskCodec } from "../record/task.ts";
import { beginUpload } from "../s3/begin-upload.ts";
import type { S3Bucket } from "../s3/client.ts";
import type { UploadIdentity } from "../s3/create-multipart-upload.ts";
import { hasMd5Etag } from "../s3/encryption.ts";
import { S3Error } from "../s3/error.ts";
import { headObject } from "../s3/head-object.ts";
import { partCount } from "../s3/multipart-etag.ts";
import type { ObjectHead } from "../s3/object-head.ts";
import { cliPartSize, equalParts, findPartMap, maxPartBytes } from "../s3/part-map.ts";
import type { Stage, StageContext } from "../stage.ts";
import { mapConcurrent } from "../stream/map-concurrent.ts";
import { abortUploads } from "./abort-uploads.ts";
import { hasArchivedHead, isArchived, isRestored } from "./archived.ts";
import type { CopyOptions } from "./copy-options.ts";
import {
  type CopyRules,
  copyRules,
  type CustomerKeys,
  newObjectHeaders,
  tagsGiven,
  targetCondition,
} from "./copy-rules.ts";
import { targetKeyOf } from "./copy-run.ts";
import { changesObjects, isInPlace } from "./in-place.ts";
import { archived, RecordError, type Undone, undoneTask } from "./outcome.ts";
import { renamer } from "./renamer.ts";
import { Stopper } from "./stopper.ts";
import { tagsHeader } from "./tags.ts";
import { targetRefusal } from "./target-refusal.ts";
import { unfinishedUpload } from "./unfinished-upload.ts";
import { tasksOf, type UploadPlan } from "./upload-plan.ts";
import {
  type KeptChecksum,
  keptChecksum,
  type Proof,
  proofsOf,
  wholeChecksum,
} from "./upload-proofs.ts";

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
  /** What is to be otherwise than at the source. */
  readonly copy?: CopyOptions | undefined;
  /** The keys of the files that `copy` names. */
  readonly keys?: CustomerKeys | undefined;
}

type Context = MultipartlistNeeds & StageContext & { readonly rules: CopyRules };

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

  async *run(entries, needs) {
    const { concurrency, source, target, counters, copy = {}, keys } = needs;
    const stopper = new Stopper(needs.signal);
    const rules = copyRules(copy, { source, keys });
    const context: Context = { ...needs, rules };
    const renamed = renamer(copy);
    const isIdle = isInPlace(source, target) && !changesObjects(copy);
    const begun: Begun = new Map();
    const planned = async (entry: Entry): Promise<readonly (Task | UploadPlan)[]> => [
      await plan(entry, context, begun),
    ];
    const plans = mapConcurrent<Entry, Task | UploadPlan>(
      entries,
      { concurrency, ordered: true },
      (listed) => {
        if (listed.attributes?.outcome !== undefined) return [listed];
        if (listed.attributes?.change === "removed") return [skipped(listed, "Removed")];
        if (isArchived(listed)) return [undoneTask(listed, archived)];
        if (copy.restoredOnly === true && !isRestored(listed)) {
          return [skipped(listed, "NotRestored")];
        }
        const entry = renamed(listed);
        if (entry.attributes?.outcome !== undefined) return [entry];
        // A version may be an older one, which becomes the newest so.
        if (isIdle && targetKeyOf(entry) === entry.key && entry.attributes?.version === undefined) {
          return [skipped(entry, "Itself")];
        }
        if (partCount(entry.etag) === undefined && entry.size <= maxPartBytes) return [entry];
        return stopper.guard(entry, planned, notPlanned);
      },
    );
    try {
      yield* tasksOf(plans, (uploadId) => begun.delete(uploadId));
    } finally {
      // When the reader is gone nobody else knows of these.
      if (begun.size > 0 && context.keepUploads !== true) {
        const left = await abortUploads(target, begun.values());
        if (left > 0) counters.add("multipartlist", "UploadsLeft", left);
      }
    }
    stopper.throwIfStopped();
  },
};

async function plan(entry: Entry, context: Context, begun: Begun): Promise<Task | UploadPlan> {
  const { source, onUnknownParts = "copy", exactParts = false, dryRun, signal, rules } = context;
  const { key, etag, size, attributes } = entry;
  await refuseOverwrite(entry, context);
  const headers = rules.sourceHeaders;
  const read = { ifMatch: etag, versionId: attributes?.version, checksums: true, headers };
  const parts = partCount(etag);
  const { head, map } =
    parts === undefined
      ? { head: await headObject(source, key, read, { signal }), map: undefined }
      : await findPartMap(source, key, { size, parts, read, exact: exactParts }, { signal });
  if (hasArchivedHead(head)) return undoneTask(entry, archived);
  if (map === undefined && onUnknownParts === "skip") return skipped(entry, "UnknownParts");
  if (map === undefined && onUnknownParts === "fail") {
    throw new RecordError("UnknownParts", "the sizes of its parts cannot be found out");
  }
  const cut = map ?? { lengths: equalParts(size, cliPartSize(size)), known: false };
  const proof: Proof =
    map === undefined || !hasMd5Etag(head) ? "none" : map.known ? undefined : "guess";
  if (proof !== undefined) context.counters.add("multipartlist", unproven[proof]);
  const shown: Attributes = {
    ...attributes,
    checksum: undefined,
    parts: cut.lengths.length === parts ? undefined : String(cut.lengths.length),
    code: head.missingMetadata > 0 ? "MissingMetadata" : undefined,
  };
  const tags = tagsGiven(rules.options) === undefined ? head.tagCount : 0;
  const planned = { entry, lengths: cut.lengths, tags };
  // What only the stages to come need to know is left out: the tasks of a dry run are to be looked
  // at.
  if (dryRun === true) return { ...planned, uploadId: randomUUID(), attributes: shown };

  const from = { source, read, signal };
  const isVerified = rules.options.verify !== undefined;
  const isWanted = proof !== undefined || isVerified;
  const whole = isWanted ? await wholeChecksum(entry, head, from) : undefined;
  const asked = rules.options.checksumAlgorithm;
  const checksum = keptChecksum(entry, head, cut, whole, asked);
  const upload = await begin(entry, head, checksum, context);
  begun.set(upload.uploadId, { key: targetKeyOf(entry), uploadId: upload.uploadId });
  const known = { head, checksum, upload, proof, whole, isVerified };
  const proofs = await proofsOf(entry, known, from).catch(async (error: unknown) => {
    // The record comes out as failed, so no next try will look for its upload.
    const left = await abortUploads(context.target, [begun.get(upload.uploadId)!]);
    begun.delete(upload.uploadId);
    if (left > 0) context.counters.add("multipartlist", "UploadsLeft", left);
    throw error;
  });
  const isLost =
    head.checksum?.type === "COMPOSITE" && checksum?.type !== "COMPOSITE" && asked === undefined;
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
  checksum: KeptChecksum,
  { source, target, reuseUploads, rules, signal }: Context,
): Promise<UploadIdentity> {
  const { key, attributes } = entry;
  if (reuseUploads === true) {
    const found = await unfinishedUpload(target, entry, signal);
    if (found !== undefined) return found;
  }
  const tags =
    tagsGiven(rules.options) ??
    (await tagsHeader(source, key, head, attributes?.version, { signal }));
  const headers = { ...newObjectHeaders(rules, head), ...tags };
  // Without the signal: an upload that is begun while its request is given up would be left behind.
  return beginUpload(target, targetKeyOf(entry), { headers, checksum });
}

/**
 * Asks for the target before its parts are copied in vain: a condition is met or not only when the
 * upload is completed.
 */
async function refuseOverwrite(entry: Entry, { target, rules, signal }: Context): Promise<void> {
  const condition = targetCondition(rules, entry);
  if (condition === undefined) return;
  const read = { headers: rules.targetHeaders };
  const etag = await headObject(target, targetKeyOf(entry), read, { signal }).then(
    (head) => head.etag,
    (error: unknown) => {
      if (error instanceof S3Error && error.status === 404) return undefined;
      throw error;
    },
  );
  if (etag !== condition.ifMatch) throw targetRefusal(rules.options.noOverwrite === true);
}

function notPlanned(entry: Entry, undone: Undone): readonly Task[] {
  return [undoneTask(entry, undone)];
}

function skipped(entry: Entry, code: string): Task {
  return undoneTask(entry, { outcome: "skipped", code });
}
