import type { Result } from "../record/result.ts";
import type { Part, Task } from "../record/task.ts";
import type { CallOptions } from "../s3/client.ts";
import { checksumText } from "../record/checksum.ts";
import { copyObject, type ObjectCopy } from "../s3/copy-object.ts";
import { hasMd5Etag } from "../s3/encryption.ts";
import { S3Error } from "../s3/error.ts";
import { headObject } from "../s3/head-object.ts";
import { isMd5 } from "../s3/multipart-etag.ts";
import type { ObjectHead } from "../s3/object-head.ts";
import type { ObjectWritten } from "../s3/put-object.ts";
import { isOnAws } from "../s3/same-service.ts";
import { uploadPartCopy } from "../s3/upload-part.ts";
import { headersByHead, tagsGiven, targetCondition } from "./copy-rules.ts";
import { copiedResult, type CopyRun, partAttributes, targetKeyOf } from "./copy-run.ts";
import { isSourceRefusal, isTargetRefusal, settleTargetRefusal } from "./target-refusal.ts";
import { isMd5Of, refuseCutPart } from "./task-body.ts";

/**
 * Has S3 copy an object in one piece: one request. S3 carries over metadata, tags and the kind of
 * checksum, and reads only what was listed (If-Match); what it leaves behind is sent along, for which
 * the source is asked only where an option needs that. A part goes the same way, by its range.
 */
export function serverCopy(task: Task, run: CopyRun): Promise<Result> {
  return task.part === undefined ? copyWhole(task, run) : copyPart(task, task.part, run);
}

/** True for what S3 copies: no range names a part without bytes. */
export function isServerCopied({ part }: Task): boolean {
  return part === undefined || part.stop >= part.start;
}

async function copyWhole(task: Task, run: CopyRun): Promise<Result> {
  const { rules, target, counters, signal } = run;
  const head = rules.needsHead ? await headOf(task, run) : undefined;
  const copy = copyOf(task, run, head);
  const isConditional = copy.ifMatch !== undefined || copy.ifNoneMatch !== undefined;
  const result = isConditional
    ? await copyUnderCondition(task, run, copy, head)
    : await resultOf(
        task,
        run,
        await copyObject(target, targetKeyOf(task), copy, { signal }),
        head,
      );
  counters.add(target.name, "InputBytes", task.size);
  return result;
}

/** A condition on the target may refuse a try because of the one before, whose answer was lost. */
function copyUnderCondition(
  task: Task,
  run: CopyRun,
  copy: ObjectCopy,
  head: ObjectHead | undefined,
): Promise<Result> {
  const { target, signal } = run;
  const work = async (attempt: number, options: CallOptions): Promise<Result> => {
    try {
      const written = await copyObject(target, targetKeyOf(task), copy, options);
      return await resultOf(task, run, written, head);
    } catch (error) {
      if (!isTargetRefusal(error) || (await isSourceRefusal(error, task, run, options)))
        throw error;
      return copiedResult(
        task,
        await settleTargetRefusal(task, run, { isRetry: attempt > 1, signal }),
      );
    }
  };
  return target.s3.retrying(work, { signal });
}

function copyOf(task: Task, { source, rules }: CopyRun, head: ObjectHead | undefined): ObjectCopy {
  const { key, etag, attributes } = task;
  const { options } = rules;
  const tags = tagsGiven(options);
  return {
    source: { bucket: source.name, key, versionId: attributes?.version, ifMatch: etag },
    metadataDirective: rules.replacesMetadata ? "REPLACE" : undefined,
    taggingDirective: tags === undefined ? undefined : "REPLACE",
    checksumAlgorithm: options.checksumAlgorithm,
    headers:
      head === undefined
        ? rules.serverHeaders(attributes?.class)
        : { ...headersByHead(rules, head), ...rules.copySourceHeaders, ...tags },
    ...targetCondition(rules, task),
  };
}

function resultOf(
  task: Task,
  run: CopyRun,
  written: ObjectWritten,
  head: ObjectHead | undefined,
): Result | Promise<Result> {
  const { etag } = task;
  // That is what nearly all come to.
  if (written.etag === etag && head === undefined) return copiedResult(task, etag);
  return judged(task, run, written, head);
}

async function judged(
  task: Task,
  run: CopyRun,
  written: ObjectWritten,
  head: ObjectHead | undefined,
): Promise<Result> {
  const { etag } = task;
  // A server that does not tell is asked: nothing else says what lies there.
  const newEtag = written.etag === "" ? await etagOf(task, run) : written.etag;
  if (newEtag !== etag) {
    const isTelling = isMd5(etag) && isMd5(newEtag) && hasMd5Etag(written);
    // Elsewhere the condition on the source may be passed over.
    if (isTelling || !isOnAws(run.target)) await refuseOtherBytes(task, run, newEtag, isTelling);
  }
  const isCut = run.rules.replacesMetadata && head !== undefined && head.missingMetadata > 0;
  return copiedResult(task, newEtag, isCut ? ["MissingMetadata"] : []);
}

/**
 * Throws where S3 made an object of other bytes: of a source that is not the one that was listed any
 * more, for a server that takes no notice of the condition, or, where the new ETag is telling, of one
 * whose ETag is an MD5. Only under KMS or a customer's key an object's ETag is none and so cannot be
 * kept.
 */
async function refuseOtherBytes(
  task: Task,
  run: CopyRun,
  newEtag: string,
  isTelling: boolean,
): Promise<void> {
  const head = await headOf(task, run);
  if (!isTelling || !isMd5Of(head, task.etag)) return;
  throw new S3Error("BadDigest", `${task.etag} was copied, ${newEtag} is stored`, { status: 200 });
}

function headOf({ key, etag, attributes }: Task, { source, rules, signal }: CopyRun) {
  const read = { ifMatch: etag, versionId: attributes?.version, headers: rules.sourceHeaders };
  return headObject(source, key, read, { signal });
}

async function etagOf(task: Task, { target, rules, signal }: CopyRun): Promise<string> {
  const read = { headers: rules.targetHeaders };
  return (await headObject(target, targetKeyOf(task), read, { signal })).etag;
}

async function copyPart(task: Task, part: Part, run: CopyRun): Promise<Result> {
  const { source, target, rules, signal } = run;
  const { key, etag, attributes } = task;
  const { uploadId, part: partNumber, start, stop } = part;
  refuseCutPart(part, task.size);
  // "You can copy a range only if the source object is greater than 5 MB" (UploadPartCopy); all of a
  // smaller one needs none.
  const isWhole = start === 0 && stop === task.size - 1;
  const written = await uploadPartCopy(
    target,
    targetKeyOf(task),
    {
      uploadId,
      partNumber,
      source: { bucket: source.name, key, versionId: attributes?.version, ifMatch: etag },
      range: isWhole ? undefined : { first: start, last: stop },
      headers: rules.partCopyHeaders,
    },
    { signal },
  );
  if (hasMd5Etag(written) && !isMd5(written.etag)) {
    // SeaweedFS tells the whole source's. Nothing would prove such a part.
    throw new S3Error("BadDigest", `the ETag of a part is ${written.etag}`, { status: 200 });
  }
  const shown = partAttributes(task);
  // Elsewhere the condition may be passed over, and here no ETag of the whole would show that.
  if (shown["proof"] !== undefined && !isOnAws(target)) await headOf(task, run);
  run.counters.add(target.name, "InputBytes", stop - start + 1);
  // S3 copied the bytes by itself, and no MD5 is at hand to compare with.
  const isOpaque = !hasMd5Etag(written) && shown["proof"] !== "none";
  const isComposed = attributes?.checksum !== undefined || attributes?.["take"] !== undefined;
  return {
    key,
    etag,
    newEtag: written.etag,
    part: { uploadId, part: partNumber, start, stop },
    attributes: {
      ...shown,
      proof: isOpaque ? "copied" : shown["proof"],
      checksum:
        isComposed && written.checksum !== undefined ? checksumText(written.checksum) : undefined,
    },
  };
}
