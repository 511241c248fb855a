import { type Result, resultCodec } from "../record/result.ts";
import { type Part, type Task, taskCodec } from "../record/task.ts";
import type { Headers } from "../s3/bucket-request.ts";
import type { CallOptions, S3Bucket } from "../s3/client.ts";
import { type Encryption, hasMd5Etag } from "../s3/encryption.ts";
import { S3Error } from "../s3/error.ts";
import { isMd5 } from "../s3/multipart-etag.ts";
import { carriedHeaders, type ObjectHead } from "../s3/object-head.ts";
import { putObject } from "../s3/put-object.ts";
import { openSource, type SourceBody } from "../s3/source-body.ts";
import { uploadPart } from "../s3/upload-part.ts";
import type { Stage, StageContext } from "../stage.ts";
import { mapConcurrent } from "../stream/map-concurrent.ts";
import { RecordError, undoneResult } from "./outcome.ts";
import { Stopper } from "./stopper.ts";
import { tagsHeader } from "./tags.ts";

export interface ObjectcopyNeeds {
  readonly source: S3Bucket;
  readonly target: S3Bucket;
  /** Headers that the new object gets in place of the source's: storage class, encryption, ACL. */
  readonly changes?: Headers | undefined;
  /** The largest body that is held in memory, in bytes; larger ones are streamed. */
  readonly maxHeldBytes?: number | undefined;
}

type Context = ObjectcopyNeeds & StageContext;

/**
 * Copies objects, and parts of large ones, by reading from one side and writing to the other: two requests each. The bytes
 * flow through, never to disk; several tasks are under way at a time, and each holds one buffer.
 */
export const objectcopy: Stage<Task, Result, ObjectcopyNeeds> = {
  name: "objectcopy",
  reads: taskCodec,
  writes: resultCodec,

  async *run(tasks, context) {
    const stopper = new Stopper(context.signal);
    const { concurrency, target, signal } = context;
    yield* mapConcurrent(tasks, { concurrency }, (task) => {
      const { outcome, code = "" } = task.attributes ?? {};
      if (outcome !== undefined) return [undoneResult(task, { outcome, code })];
      return stopper.guard(
        () => target.s3.retrying((_attempt, options) => copy(task, context, options), { signal }),
        (undone) => [undoneResult(task, undone)],
      );
    });
    stopper.throwIfStopped();
  },
};

async function copy(
  task: Task,
  context: Context,
  options: CallOptions,
): Promise<readonly Result[]> {
  const { source, target, counters } = context;
  const { part } = task;
  const body = await open(task, context, options);
  try {
    const result =
      part === undefined
        ? await writeObject(task, body, context, options)
        : await writePart(task, part, body, context, options);
    counters.add(source.name, "OutputBytes", body.length);
    counters.add(target.name, "InputBytes", body.length);
    return [result];
  } catch (error) {
    body.discard();
    throw error;
  }
}

/** Reads what was listed and nothing else: an object that has changed since is a PreconditionFailed. */
async function open(
  task: Task,
  { source, maxHeldBytes }: Context,
  options: CallOptions,
): Promise<SourceBody> {
  const { key, etag, size, part, attributes } = task;
  const length = part === undefined ? size : part.stop - part.start + 1;
  // Only in the answer to a part number does S3 tell a part's own checksum. An empty range cannot be asked for.
  const byNumber = part !== undefined && attributes?.checksum !== undefined;
  const byRange = part !== undefined && !byNumber && length > 0;
  const body = await openSource(
    source,
    key,
    {
      ifMatch: etag,
      versionId: attributes?.version,
      partNumber: byNumber ? part.part : undefined,
      range: byRange ? { first: part.start, last: part.stop } : undefined,
      checksums: part === undefined || byNumber,
      maxHeldBytes,
      hash: (head) => (part === undefined ? !isMd5Of(head, etag) : attributes?.hash === "md5"),
    },
    options,
  );
  const first = body.head.range?.first ?? 0;
  if (body.length === length && (length === 0 || first === (part?.start ?? 0))) return body;
  body.discard();
  throw new RecordError("SizeMismatch", `${length} bytes were listed, ${body.length} came`);
}

async function writeObject(
  task: Task,
  source: SourceBody,
  context: Context,
  options: CallOptions,
): Promise<Result> {
  const { key, etag, attributes } = task;
  const { head, body, length } = source;
  const tags = await tagsHeader(context.source, key, head, attributes?.version, options);
  const written = await putObject(
    context.target,
    key,
    {
      body,
      length,
      headers: { ...carriedHeaders(head), ...tags, ...context.changes },
      // S3 itself refuses other bytes than the source's: by their MD5, which the ETag is, and by the checksum it keeps.
      contentMd5: isMd5Of(head, etag) ? etag : source.md5(),
      checksum: head.checksum?.type === "COMPOSITE" ? undefined : head.checksum,
    },
    options,
  );
  checkMd5(isMd5Of(head, etag) ? etag : source.md5(), written);
  const codes = [
    head.missingMetadata > 0 ? "MissingMetadata" : "",
    written.etag === etag ? "" : "ETagDiffers",
  ];
  const code = codes.filter(Boolean).join(",");
  return { key, etag, newEtag: written.etag, attributes: code === "" ? undefined : { code } };
}

async function writePart(
  task: Task,
  part: Part,
  source: SourceBody,
  context: Context,
  options: CallOptions,
): Promise<Result> {
  const { key, etag, attributes = {} } = task;
  const { body, length, head } = source;
  const { uploadId, part: partNumber, start, stop } = part;
  const checksum = attributes.checksum === undefined ? undefined : head.checksum;
  const sent = { body, length, contentMd5: source.md5(), checksum };
  const written = await uploadPart(context.target, key, { uploadId, partNumber, ...sent }, options);
  const md5 = source.md5();
  checkMd5(md5, written);
  if (md5 === undefined && !hasMd5Etag(written)) {
    // Only now the target says that its ETags are no MD5s, so the bytes have to be read once more, to be hashed.
    const again = { ...task, attributes: { ...attributes, hash: "md5" } };
    return writePart(again, part, await open(again, context, options), context, options);
  }
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

/** True when the listed ETag is the MD5 of the object's bytes. */
function isMd5Of(head: ObjectHead, etag: string): boolean {
  return hasMd5Etag(head) && isMd5(etag);
}

/** Compares what was read with what S3 says it has stored, where that is an MD5. Bytes damaged on the way may come whole the next time. */
function checkMd5(
  md5: string | undefined,
  written: { readonly etag: string; readonly encryption: Encryption },
): void {
  if (md5 === undefined || !hasMd5Etag(written) || written.etag === md5) return;
  throw new S3Error("BadDigest", `MD5 ${md5} was sent, ${written.etag} is stored`, { status: 200 });
}
