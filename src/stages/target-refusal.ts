import type { CallOptions } from "../s3/client.ts";
import { S3Error } from "../s3/error.ts";
import { headObject } from "../s3/head-object.ts";
import type { Task } from "../record/task.ts";
import { type CopyRun, targetKeyOf } from "./copy-run.ts";
import { RecordError } from "./outcome.ts";

/**
 * True for an answer to a write whose condition on the target's key does not hold. A source that has
 * changed while its bytes were being written is refused by the same code, as an answer to a read.
 */
export function isTargetRefusal(error: unknown): error is S3Error {
  if (!(error instanceof S3Error)) return false;
  const { code, operation } = error;
  // An object that is to be replaced and is gone is a NoSuchKey.
  const isRefusal = code === "PreconditionFailed" || code === "NoSuchKey";
  return isRefusal && (operation === "PutObject" || operation === "CopyObject");
}

/**
 * Settles a write that was refused by its condition on the target: gives the ETag of the object
 * there if it is what was to be written, by an earlier try whose answer was lost; else throws what
 * the record comes to.
 */
export async function settleTargetRefusal(
  task: Task,
  { target, rules }: CopyRun,
  { isRetry, signal }: { readonly isRetry: boolean; readonly signal?: AbortSignal | undefined },
): Promise<string> {
  if (isRetry) {
    const read = { headers: rules.targetHeaders };
    const head = await headObject(target, targetKeyOf(task), read, { signal }).catch(
      () => undefined,
    );
    if (head !== undefined && head.etag === task.etag && head.size === task.size) return head.etag;
  }
  throw targetRefusal(rules.options.noOverwrite === true);
}

/** What a record comes to whose key at the target is not as its condition has it. */
export function targetRefusal(isOverwrite: boolean): RecordError {
  return isOverwrite
    ? new RecordError("exists", "there is an object of this key", "skipped")
    : new RecordError("TargetChanged", "the target's object is not the one that was seen");
}

/**
 * Whether it is the source that a copy was refused for, and not the target. S3 says which condition
 * did not hold; where a server does not, the source is asked.
 */
export async function isSourceRefusal(
  error: S3Error,
  { key, etag, attributes }: Task,
  { source, rules }: CopyRun,
  options: CallOptions,
): Promise<boolean> {
  const condition = error.condition?.toLowerCase();
  if (condition?.startsWith("x-amz-copy-source-") === true) return true;
  if (condition === "if-none-match") return false;
  const read = { ifMatch: etag, versionId: attributes?.version, headers: rules.sourceHeaders };
  try {
    await headObject(source, key, read, options);
    return false;
  } catch (failure) {
    if (failure instanceof S3Error && failure.status < 500) return true;
    throw failure;
  }
}
