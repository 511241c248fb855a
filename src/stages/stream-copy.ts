import type { Result } from "../record/result.ts";
import type { Part, Task } from "../record/task.ts";
import { checksumText } from "../record/checksum.ts";
import type { ChecksumAlgorithm } from "../s3/checksum.ts";
import type { CallOptions } from "../s3/client.ts";
import { type Encryption, hasMd5Etag } from "../s3/encryption.ts";
import { S3Error } from "../s3/error.ts";
import { putObject } from "../s3/put-object.ts";
import { TransportError } from "../s3/transport.ts";
import { uploadPart } from "../s3/upload-part.ts";
import { newObjectHeaders, tagsGiven, targetCondition } from "./copy-rules.ts";
import { copiedResult, type CopyRun, partAttributes, targetKeyOf } from "./copy-run.ts";
import { tagsHeader } from "./tags.ts";
import { isTargetRefusal, settleTargetRefusal } from "./target-refusal.ts";
import { isMd5Of, openTask, sentChecksum, takeChecksum, type TaskBody } from "./task-body.ts";

/**
 * How often bytes that arrived damaged are read and sent again. More would not help against a
 * server whose ETags look like MD5s and are none.
 */
const maxDamaged = 3;

/**
 * Copies by reading from one side and writing to the other: two requests. The bytes flow through,
 * never to disk. Where a try fails those that are held in memory are written again, others are read
 * again.
 */
export function streamCopy(task: Task, run: CopyRun): Promise<Result> {
  let held: TaskBody | undefined;
  const work = async (attempt: number, options: CallOptions): Promise<Result> => {
    const body = held ?? (await openTask(task, readFrom(run), options));
    if (typeof body.body !== "function") held = body;
    return copy(task, body, run, attempt, options).catch((error: unknown) => {
      if (!isDamage(error)) throw error;
      held = undefined;
      throw attempt < maxDamaged ? damaged(error) : error;
    });
  };
  return run.target.s3.retrying(work, { signal: run.signal });
}

async function copy(
  task: Task,
  body: TaskBody,
  run: CopyRun,
  attempt: number,
  options: CallOptions,
): Promise<Result> {
  const { source, target, counters } = run;
  const { part, attributes } = task;
  let result: Result | undefined;
  try {
    result =
      part === undefined
        ? await writeObject(task, body, run, attempt, options)
        : await writePart(task, part, body, run, options);
  } catch (error) {
    body.discard();
    throw error;
  }
  if (result === undefined) {
    body.discard();
    const hashed: Task = { ...task, attributes: { ...attributes, hash: "first" } };
    const again = await openTask(hashed, readFrom(run), options);
    return copy(hashed, again, run, attempt, options);
  }
  counters.add(source.name, "OutputBytes", body.length);
  counters.add(target.name, "InputBytes", body.length);
  return result;
}

function readFrom({ source, rules, maxHeldBytes }: CopyRun) {
  return { source, headers: rules.sourceHeaders, maxHeldBytes };
}

async function writeObject(
  task: Task,
  body: TaskBody,
  run: CopyRun,
  attempt: number,
  options: CallOptions,
): Promise<Result> {
  const { source, target, rules, signal } = run;
  const { key, etag, attributes } = task;
  const { head } = body;
  const md5 = isMd5Of(head, etag) ? etag : body.md5();
  const tags =
    tagsGiven(rules.options) ?? (await tagsHeader(source, key, head, attributes?.version, options));
  const algorithm = rules.options.checksumAlgorithm;
  const put = {
    body: body.body,
    length: body.length,
    headers: { ...newObjectHeaders(rules, head), ...tags },
    // S3 itself refuses other bytes than the source's: by their MD5, which the ETag is, and by
    // the checksum it keeps.
    contentMd5: md5,
    checksum: await sentChecksum(task, body, { ...readFrom(run), algorithm }, options),
    ...targetCondition(rules, task),
  };
  const codes = [head.missingMetadata > 0 ? "MissingMetadata" : undefined];
  let newEtag: string;
  try {
    const written = await putObject(target, targetKeyOf(task), put, options);
    checkMd5(md5 ?? body.md5(), written);
    newEtag = written.etag;
  } catch (error) {
    const isConditional = put.ifMatch !== undefined || put.ifNoneMatch !== undefined;
    if (!isConditional || !isTargetRefusal(error)) throw error;
    newEtag = await settleTargetRefusal(task, run, { isRetry: attempt > 1, signal });
    body.discard();
  }
  return copiedResult(task, newEtag, codes);
}

/**
 * Gives no result when only the target's answer told that its ETags are no MD5s, or that its bucket
 * retains objects and so takes no bytes without an MD5: they have to be read again for theirs.
 */
async function writePart(
  task: Task,
  part: Part,
  source: TaskBody,
  run: CopyRun,
  options: CallOptions,
): Promise<Result | undefined> {
  const { target, rules } = run;
  const { key, etag, attributes = {} } = task;
  const { body, length, head } = source;
  const { uploadId, part: partNumber, start, stop } = part;
  const taken = attributes["take"] as ChecksumAlgorithm | undefined;
  const own = attributes.checksum === undefined ? undefined : head.checksum;
  const checksum =
    taken === undefined
      ? own
      : await takeChecksum(task, source, { ...readFrom(run), algorithm: taken }, options);
  const headers = rules.targetHeaders;
  const sent = { body, length, contentMd5: source.md5(), checksum, headers };
  const address = { uploadId, partNumber };
  const written = await uploadPart(
    target,
    targetKeyOf(task),
    { ...address, ...sent },
    options,
  ).catch((error: unknown) => {
    const isUnproved = sent.contentMd5 === undefined && checksum === undefined;
    if (isUnproved && error instanceof S3Error && error.code === "InvalidRequest") return undefined;
    throw error;
  });
  if (written === undefined) return undefined;
  const md5 = source.md5();
  checkMd5(md5, written);
  if (md5 === undefined && !hasMd5Etag(written)) return undefined;
  return {
    key,
    etag,
    newEtag: written.etag,
    part: { uploadId, part: partNumber, start, stop },
    attributes: {
      ...partAttributes(task),
      checksum: checksum && checksumText(checksum),
      // Where the part's ETag is its MD5 it need not be said twice.
      md5: md5 === written.etag ? undefined : md5,
    },
  };
}

/** Compares what was read with what S3 says it has stored, where that is an MD5. */
function checkMd5(
  md5: string | undefined,
  written: { readonly etag: string; readonly encryption: Encryption },
): void {
  if (md5 === undefined || !hasMd5Etag(written) || written.etag === md5) return;
  throw new S3Error("BadDigest", `MD5 ${md5} was sent, ${written.etag} is stored`, { status: 200 });
}

/**
 * S3's answers to a body that is not the one that was signed, or not that of its MD5 or checksum.
 */
const damageCodes = new Set(["BadDigest", "XAmzContentSHA256Mismatch"]);

function isDamage(error: unknown): error is S3Error {
  return error instanceof S3Error && damageCodes.has(error.code);
}

/**
 * Bytes that were damaged on the way may come whole the next time, as those of a connection that
 * broke off.
 */
function damaged(error: S3Error): TransportError {
  return new TransportError(error.code, error.message, "body", error);
}
