import { type Result, resultCodec } from "../record/result.ts";
import { type Part, type Task, taskCodec } from "../record/task.ts";
import type { Headers } from "../s3/bucket-request.ts";
import type { CallOptions, S3Bucket } from "../s3/client.ts";
import { type Encryption, hasMd5Etag } from "../s3/encryption.ts";
import { S3Error } from "../s3/error.ts";
import { carriedHeaders } from "../s3/object-head.ts";
import { putObject } from "../s3/put-object.ts";
import { TransportError } from "../s3/transport.ts";
import { uploadPart } from "../s3/upload-part.ts";
import type { Stage, StageContext } from "../stage.ts";
import { mapConcurrent } from "../stream/map-concurrent.ts";
import { tap } from "../stream/pages.ts";
import { abortUploads } from "./abort-uploads.ts";
import { undoneResult } from "./outcome.ts";
import { Stopper } from "./stopper.ts";
import { tagsHeader } from "./tags.ts";
import { isMd5Of, openTask, type TaskBody, wholeChecksumOf } from "./task-body.ts";
import { UntoldUploads } from "./untold-uploads.ts";

export interface ObjectcopyNeeds {
  readonly source: S3Bucket;
  readonly target: S3Bucket;
  /** Headers that the new object gets in place of the source's: storage class, encryption, ACL. */
  readonly changes?: Headers | undefined;
  /** The largest body that is held in memory, in bytes; larger ones are streamed. */
  readonly maxHeldBytes?: number | undefined;
  /** Leaves uploads of which nobody took the results to the next try: as in a Hadoop task. */
  readonly keepUploads?: boolean | undefined;
}

type Context = ObjectcopyNeeds & StageContext;

/**
 * How often bytes that arrived damaged are read and sent again. More would not help against a
 * server whose ETags look like MD5s and are none.
 */
const maxDamaged = 3;

/**
 * Copies objects, and parts of large ones, by reading from one side and writing to the other: two
 * requests each. The bytes flow through, never to disk; several tasks are under way at a time, and
 * each holds one buffer.
 */
export const objectcopy: Stage<Task, Result, ObjectcopyNeeds> = {
  name: "objectcopy",
  reads: taskCodec,
  writes: resultCodec,

  async *run(tasks, context) {
    const stopper = new Stopper(context.signal);
    const { concurrency, target, signal, counters } = context;
    const untold = new UntoldUploads();
    const results = mapConcurrent<Task, Result>(
      tap(tasks, (page) => untold.add(page)),
      { concurrency },
      (task) => {
        const { outcome, code = "" } = task.attributes ?? {};
        if (outcome !== undefined) return [undoneResult(task, { outcome, code })];
        const work = (attempt: number, options: CallOptions): Promise<Result> =>
          copy(task, context, options).catch((error: unknown) => {
            throw attempt < maxDamaged && isDamage(error) ? damaged(error) : error;
          });
        return stopper.guard<readonly Result[]>(
          async () => [await target.s3.retrying(work, { signal })],
          (undone) => [undoneResult(task, undone)],
        );
      },
    );
    try {
      for await (const page of results) {
        yield page;
        untold.remove(page);
      }
    } finally {
      // When the reader is gone nobody completes these, nor ends them.
      if (context.keepUploads !== true) {
        const left = await abortUploads(target, untold);
        if (left > 0) counters.add("objectcopy", "UploadsLeft", left);
      }
    }
    stopper.throwIfStopped();
  },
};

async function copy(task: Task, context: Context, options: CallOptions): Promise<Result> {
  const { source, target, counters } = context;
  const { part, attributes } = task;
  const body = await openTask(task, context, options);
  let result: Result | undefined;
  try {
    result =
      part === undefined
        ? await writeObject(task, body, context, options)
        : await writePart(task, part, body, context, options);
  } catch (error) {
    body.discard();
    throw error;
  }
  if (result === undefined) {
    return copy({ ...task, attributes: { ...attributes, hash: "first" } }, context, options);
  }
  counters.add(source.name, "OutputBytes", body.length);
  counters.add(target.name, "InputBytes", body.length);
  return result;
}

async function writeObject(
  task: Task,
  source: TaskBody,
  context: Context,
  options: CallOptions,
): Promise<Result> {
  const { key, etag, attributes } = task;
  const { head, body, length } = source;
  const md5 = isMd5Of(head, etag) ? etag : source.md5();
  const tags = await tagsHeader(context.source, key, head, attributes?.version, options);
  const written = await putObject(
    context.target,
    key,
    {
      body,
      length,
      headers: { ...carriedHeaders(head), ...tags, ...context.changes },
      // S3 itself refuses other bytes than the source's: by their MD5, which the ETag is, and by
      // the checksum it keeps.
      contentMd5: md5,
      checksum: wholeChecksumOf(head),
    },
    options,
  );
  checkMd5(md5 ?? source.md5(), written);
  const codes = [
    head.missingMetadata > 0 ? "MissingMetadata" : "",
    written.etag === etag ? "" : "ETagDiffers",
  ];
  const code = codes.filter(Boolean).join(",");
  return { key, etag, newEtag: written.etag, attributes: code === "" ? undefined : { code } };
}

/**
 * Gives no result when only the target's answer told that its ETags are no MD5s, so that the bytes
 * have to be read again for theirs.
 */
async function writePart(
  task: Task,
  part: Part,
  source: TaskBody,
  context: Context,
  options: CallOptions,
): Promise<Result | undefined> {
  const { key, etag, attributes = {} } = task;
  const { body, length, head } = source;
  const { uploadId, part: partNumber, start, stop } = part;
  const checksum = attributes.checksum === undefined ? undefined : head.checksum;
  const sent = { body, length, contentMd5: source.md5(), checksum };
  const written = await uploadPart(context.target, key, { uploadId, partNumber, ...sent }, options);
  const md5 = source.md5();
  checkMd5(md5, written);
  if (md5 === undefined && !hasMd5Etag(written)) return undefined;
  const { proof, parts, tags, whole, code } = attributes;
  return {
    key,
    etag,
    newEtag: written.etag,
    part: { uploadId, part: partNumber, start, stop },
    attributes: {
      proof,
      parts,
      tags,
      whole,
      code,
      checksum: checksum && `${checksum.algorithm}:${checksum.value}`,
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
