import { createReadStream, createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { compareKeys } from "../key.ts";
import type { Codec } from "../record/codec.ts";
import { readRecords, writeRecords } from "./lines.ts";
import { type Page, type Pages, pagesOf, recordsOf } from "./pages.ts";

/** How much is sorted in memory at a time, in bytes of lines; as records it takes about five times that. */
export const sortBytes = 32 * 2 ** 20;

const pageSize = 1000;

/**
 * Sorts records by key, as S3 orders them: in memory when they are few, else in runs on disk, in a directory of its own below
 * `directory` that is gone at the end. Records of one key stay in the order they came in.
 */
export async function* sortByKey<T extends { readonly key: string }>(
  pages: Pages<T>,
  codec: Codec<T>,
  { directory, maxBytes = sortBytes }: { readonly directory: string; readonly maxBytes?: number },
): Pages<T> {
  let runs: string | undefined;
  const files: string[] = [];
  let records: T[] = [];
  let bytes = 0;
  try {
    for await (const page of pages) {
      for (const record of page) {
        records.push(record);
        bytes += record.key.length + 80;
      }
      if (bytes < maxBytes) continue;
      runs ??= await mkdtemp(join(directory, "campanile-sort-"));
      const file = join(runs, String(files.length));
      files.push(file);
      const output = createWriteStream(file, { mode: 0o600 });
      await writeRecords(output, pagesOf(sorted(records), pageSize), codec);
      await new Promise<void>((resolve, reject) => {
        output.on("error", reject).end(resolve);
      });
      records = [];
      bytes = 0;
    }
    const lists = files.map((name) => readRecords({ name, bytes: createReadStream(name) }, codec));
    yield* mergeSorted([...lists, pagesOf(sorted(records), pageSize)]);
  } finally {
    if (runs !== undefined) await rm(runs, { recursive: true, force: true });
  }
}

/** Makes one of lists that are in key order each; of equal keys the earlier list's comes first. */
async function* mergeSorted<T extends { readonly key: string }>(
  lists: readonly Pages<T>[],
): Pages<T> {
  const heads: Head<T>[] = [];
  try {
    for (const [order, list] of lists.entries()) {
      const head = new Head(order, list[Symbol.asyncIterator]());
      if (await head.nextPage()) insert(heads, head);
    }
    let page: T[] = [];
    for (let head = heads.shift(); head !== undefined; head = heads.shift()) {
      page.push(head.record);
      if (page.length >= pageSize) {
        yield page;
        page = [];
      }
      if (head.advance() || (await head.nextPage())) insert(heads, head);
    }
    if (page.length > 0) yield page;
  } finally {
    await Promise.all(heads.map((head) => head.end()));
  }
}

/** Where one of the lists is. */
class Head<T extends { readonly key: string }> {
  readonly order: number;
  readonly #pages: AsyncIterator<Page<T>>;
  #page: readonly T[] = [];
  #at = 0;

  constructor(order: number, pages: AsyncIterator<Page<T>>) {
    this.order = order;
    this.#pages = pages;
  }

  get record(): T {
    return this.#page[this.#at]!;
  }

  advance(): boolean {
    return ++this.#at < this.#page.length;
  }

  async nextPage(): Promise<boolean> {
    do {
      const next = await this.#pages.next();
      if (next.done === true) return false;
      this.#page = recordsOf(next.value);
    } while (this.#page.length === 0);
    this.#at = 0;
    return true;
  }

  async end(): Promise<void> {
    await this.#pages.return?.();
  }
}

/** Puts a head where it belongs; there are as many as runs, so that moving them is cheap. */
function insert<T extends { readonly key: string }>(heads: Head<T>[], head: Head<T>): void {
  let low = 0;
  let high = heads.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const other = heads[middle]!;
    const order = compareKeys(other.record.key, head.record.key) || other.order - head.order;
    if (order < 0) low = middle + 1;
    else high = middle;
  }
  heads.splice(low, 0, head);
}

function sorted<T extends { readonly key: string }>(records: T[]): T[] {
  return records.sort((a, b) => compareKeys(a.key, b.key));
}
