import { createHash } from "node:crypto";
import type { Part, Task } from "../record/task.ts";
import type { BodyChecksum, Checksum, ChecksumAlgorithm } from "../s3/checksum.ts";
import type { Headers } from "../s3/bucket-request.ts";
import type { CallOptions, S3Bucket } from "../s3/client.ts";
import { hasMd5Etag } from "../s3/encryption.ts";
import { headObject } from "../s3/head-object.ts";
import { isMd5 } from "../s3/multipart-etag.ts";
import type { ObjectHead } from "../s3/object-head.ts";
import { openSource, type SourceBody } from "../s3/source-body.ts";
import { beginChecksum } from "./given-checksum.ts";
import { RecordError } from "./outcome.ts";

/** The bytes that a task is to copy. */
export type TaskBody = SourceBody;

/** Where a task's bytes come from. */
export interface TaskSource {
  readonly source: S3Bucket;
  /** Sent with each read: those of a customer's key. */
  readonly headers?: Headers | undefined;
  /** The largest body that is held in memory, in bytes; larger ones are streamed. */
  readonly maxHeldBytes?: number | undefined;
}

/**
 * Opens what was listed and nothing else: an object that has changed since is a PreconditionFailed,
 * one of another size a RecordError. Where nothing but their MD5 would make the target refuse
 * damaged bytes, they are read twice: first for the MD5.
 */
export async function openTask(
  task: Task,
  from: TaskSource,
  options: CallOptions,
): Promise<TaskBody> {
  const body = await open(task, from, options);
  if (body.md5() !== undefined || typeof body.body !== "function") return body;
  const { part, etag, attributes } = task;
  const { head } = body;
  // An object is there for all to see as soon as it is written; a part is not, and has other
  // proofs.
  const isProved =
    part === undefined
      ? isMd5Of(head, etag) || wholeChecksumOf(head) !== undefined
      : attributes?.hash !== "first";
  if (isProved) return body;
  const md5 = await md5Of(body.body(), body);
  const again = await open(
    { ...task, attributes: { ...attributes, hash: undefined } },
    from,
    options,
  );
  return { ...again, md5: () => md5 };
}

async function md5Of(
  bytes: AsyncIterable<Uint8Array>,
  body: SourceBody,
): Promise<string | undefined> {
  const iterator = bytes[Symbol.asyncIterator]();
  // The body takes the MD5 of what passes; the bytes themselves are dropped.
  while ((await iterator.next()).done !== true);
  return body.md5();
}

/** Where a checksum's bytes come from, and of which kind it is. */
export interface ChecksumSource<Algorithm = ChecksumAlgorithm> extends TaskSource {
  readonly algorithm: Algorithm;
}

/** The checksum to send with an object: the source's, or one of the kind that is asked for. */
export async function sentChecksum(
  task: Task,
  body: TaskBody,
  from: ChecksumSource<ChecksumAlgorithm | undefined>,
  options: CallOptions,
): Promise<BodyChecksum | undefined> {
  const { algorithm } = from;
  const own = wholeChecksumOf(body.head);
  if (algorithm === undefined || own?.algorithm === algorithm) return own;
  // S3 takes this one by itself where none is sent.
  if (algorithm === "CRC64NVME") return undefined;
  return takeChecksum(task, body, { ...from, algorithm }, options);
}

/** Takes the checksum of a task's bytes; those that are not held in memory are read once more. */
export async function takeChecksum(
  task: Task,
  { body }: TaskBody,
  { algorithm, ...from }: ChecksumSource,
  options: CallOptions,
): Promise<BodyChecksum> {
  const sum = beginChecksum(algorithm);
  const bytes = typeof body === "function" ? (await open(task, from, options)).body : body;
  if (typeof bytes === "function") for await (const chunk of bytes()) sum.update(chunk);
  else sum.update(bytes);
  return sum.end();
}

/** True when the listed ETag is the MD5 of the object's bytes. */
export function isMd5Of(head: ObjectHead, etag: string): boolean {
  return hasMd5Etag(head) && isMd5(etag);
}

/** The checksum of all the bytes, where the head tells one. */
export function wholeChecksumOf({ checksum }: ObjectHead): Checksum | undefined {
  return checksum?.type === "COMPOSITE" ? undefined : checksum;
}

const emptyMd5 = createHash("md5").digest("hex");

/** Refuses a part of a line that was cut off as it was written: it reads as one with another last byte. */
export function refuseCutPart(part: Part | undefined, size: number): void {
  if (part === undefined) return;
  if (part.part < part.parts ? part.stop < size : part.stop === size - 1) return;
  throw new RecordError("SizeMismatch", "the part does not end where the object does");
}

async function open(
  { key, etag, size, part, attributes }: Task,
  { source, headers, maxHeldBytes }: TaskSource,
  options: CallOptions,
): Promise<TaskBody> {
  const length = part === undefined ? size : part.stop - part.start + 1;
  refuseCutPart(part, size);
  if (part !== undefined && length === 0 && size > 0) {
    // No range names a part without bytes, but the object must still be the one that was listed.
    const read = { ifMatch: etag, versionId: attributes?.version, partNumber: part.part, headers };
    const head = await headObject(source, key, { ...read, checksums: true }, options);
    return { head, length, body: Buffer.alloc(0), md5: () => emptyMd5, discard: () => {} };
  }
  // Only in the answer to a part number does S3 tell a part's own checksum.
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
      headers,
      maxHeldBytes,
      hash: (head) => (part === undefined ? !isMd5Of(head, etag) : attributes?.hash !== undefined),
    },
    options,
  );
  const first = body.head.range?.first ?? 0;
  if (body.length === length && (length === 0 || first === (part?.start ?? 0))) return body;
  body.discard();
  throw new RecordError("SizeMismatch", `${length} bytes were listed, ${body.length} came`);
}
