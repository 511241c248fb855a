import { mtimeOf } from "../src/record/entry.ts";
import type { Task } from "../src/record/task.ts";
import { listPageOf } from "../src/s3/list-page.ts";
import type { Pages } from "../src/stream/pages.ts";
import { ask } from "./ask.ts";
import type { Server } from "./server.ts";

/** The tasks to copy a bucket's first thousand objects. They are got without any of the clients that are measured. */
export async function firstTasks(server: Server, bucket: string): Promise<readonly Task[]> {
  const page = await ask(server, "GET", `/${bucket}?list-type=2`);
  return listPageOf(page).objects.map(({ key, etag, size, lastModified }) => ({
    key,
    etag,
    size,
    mtime: mtimeOf(lastModified),
  }));
}

/** So many tasks, these again and again, so that a long list of them does not show in the peak memory. */
export async function* repeated(tasks: readonly Task[], count: number): Pages<Task> {
  for (let left = count; left > 0; left -= tasks.length) yield tasks.slice(0, left);
}
