import { UserError } from "../errors.ts";
import type { Attributes } from "../record/attributes.ts";
import type { Entry } from "../record/entry.ts";
import type { Result } from "../record/result.ts";
import type { Task } from "../record/task.ts";
import { S3Error } from "../s3/error.ts";
import { TransportError } from "../s3/transport.ts";

/** Why a record was not done, as its `outcome` and `code` say. */
export interface Undone {
  readonly outcome: "skipped" | "failed";
  readonly code: string;
}

/**
 * The result of a task that was not done. It keeps the size, so that the failures of a run can be
 * fed in again.
 */
export function undoneResult(task: Task, undone: Undone): Result {
  const { key, etag, size, part } = task;
  const attributes: Attributes = { ...kept(task.attributes), size: String(size), ...undone };
  return { key, etag, newEtag: undefined, part, attributes };
}

/** A task that is not to be done: later stages pass it on as it is. */
export function undoneTask(entry: Entry, undone: Undone): Task {
  return { ...entry, attributes: { ...entry.attributes, ...undone } };
}

/** What becomes of an object that must be restored before it can be copied. */
export const archived: Undone = { outcome: "skipped", code: "archived" };

/**
 * Why an error leaves a record undone; what is not an answer, or a failure to get one, is our bug
 * and thrown.
 */
export function undoneBy(error: unknown, signal: AbortSignal): Undone {
  if (signal.aborted) return { outcome: "failed", code: "Interrupted" };
  if (error instanceof S3Error) {
    // Archived, though the listing did not say so: Intelligent-Tiering's archive tiers, or a
    // restored copy that expired.
    const isArchived =
      error.code === "InvalidObjectState" || error.code === "ObjectNotInActiveTierError";
    return isArchived ? archived : { outcome: "failed", code: error.code };
  }
  if (error instanceof TransportError) return { outcome: "failed", code: error.code };
  if (error instanceof UserError) return { outcome: "failed", code: "NotConfigured" };
  if (error instanceof RecordError) return { outcome: error.outcome, code: error.code };
  throw error;
}

/** A reason of ours to give up on one record, with the code its result shows. */
export class RecordError extends Error {
  override readonly name: string = "RecordError";
  readonly code: string;
  readonly outcome: Undone["outcome"];

  constructor(code: string, message: string, outcome: Undone["outcome"] = "failed") {
    super(message);
    this.code = code;
    this.outcome = outcome;
  }
}

function kept(attributes: Attributes | undefined): Attributes {
  // With `parts` a part that was not copied still tells how many results its upload is to have.
  const { class: storageClass, version, change, replaces, to, parts } = attributes ?? {};
  return { class: storageClass, version, change, replaces, to, parts };
}
