import type { Attributes } from "../record/attributes.ts";
import type { Entry } from "../record/entry.ts";
import type { Task } from "../record/task.ts";
import type { PartLengths } from "../s3/part-map.ts";
import type { Pages } from "../stream/pages.ts";

/** How an object is copied by a multipart upload that is begun: what its tasks are made of. */
export interface UploadPlan {
  readonly entry: Entry;
  readonly uploadId: string;
  /** The parts' lengths in bytes. */
  readonly lengths: PartLengths;
  /** Those of each task. */
  readonly attributes: Attributes;
  /** How many tags the object is to have; only the first part's task tells. */
  readonly tags: number;
}

/**
 * The most tasks that are made ahead of who takes them: a plan may stand for 10,000, and dozens of
 * plans are ready at a time.
 */
const maxPageTasks = 1000;

/**
 * Makes the tasks of plans, in their order; calls `told` for an upload whose last task has been
 * taken.
 */
export async function* tasksOf(
  plans: Pages<Task | UploadPlan>,
  told: (uploadId: string) => void,
): Pages<Task> {
  for await (const page of plans) {
    let tasks: Task[] = [];
    let uploads: string[] = [];
    for (const plan of page) {
      if (!("lengths" in plan)) {
        tasks.push(plan);
        continue;
      }
      for (const task of partTasks(plan)) {
        if (tasks.length >= maxPageTasks) {
          yield tasks;
          uploads.forEach(told);
          tasks = [];
          uploads = [];
        }
        tasks.push(task);
      }
      uploads.push(plan.uploadId);
    }
    if (tasks.length > 0) yield tasks;
    uploads.forEach(told);
  }
}

function* partTasks({
  entry,
  uploadId,
  lengths,
  attributes,
  tags,
}: UploadPlan): Generator<Task, void> {
  let start = 0;
  let number = 0;
  for (const length of lengths) {
    const part = {
      uploadId,
      part: ++number,
      parts: lengths.length,
      start,
      stop: start + length - 1,
    };
    start += length;
    const isFirst = number === 1 && tags > 0;
    yield {
      ...entry,
      part,
      attributes: isFirst ? { ...attributes, tags: String(tags) } : attributes,
    };
  }
}
