import type { Result } from "../record/result.ts";
import type { Task } from "../record/task.ts";
import { targetKeyOf } from "./copy-run.ts";

/** The uploads of tasks that were read and whose results nobody has taken yet. */
export class UntoldUploads implements Iterable<{
  readonly key: string;
  readonly uploadId: string;
}> {
  readonly #tasks = new Map<string, { readonly key: string; count: number }>();

  add(tasks: Iterable<Task>): void {
    for (const task of tasks) {
      const { part } = task;
      if (part === undefined) continue;
      const key = targetKeyOf(task);
      const upload = this.#tasks.get(part.uploadId);
      if (upload === undefined) this.#tasks.set(part.uploadId, { key, count: 1 });
      else upload.count++;
    }
  }

  remove(results: Iterable<Result>): void {
    for (const { part } of results) {
      const upload = part && this.#tasks.get(part.uploadId);
      if (part !== undefined && upload !== undefined && --upload.count === 0) {
        this.#tasks.delete(part.uploadId);
      }
    }
  }

  *[Symbol.iterator](): Generator<{ readonly key: string; readonly uploadId: string }, void> {
    for (const [uploadId, { key }] of this.#tasks) yield { key, uploadId };
  }
}
