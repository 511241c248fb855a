import { createReadStream, createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import { UserError } from "../errors.ts";
import { compareKeys } from "../key.ts";
import type { Codec } from "../record/codec.ts";
import { readRecords, writeRecords } from "./lines.ts";
import { type Page, type Pages, pagesOf, recordsOf } from "./pages.ts";

/**
 * How much is sorted in memory at a time, in bytes of lines; as records it takes about five times
 * that.
 */
const sortBytes = 16 * 2 ** 20;

/**
 * The most runs that are merged at a time: each is an open file and a page in memory, some hundred
 * MB for all. With more, and so from 16 GiB of lines up, runs are first merged to longer ones.
 */
const maxMerged = 1000;

const pageSize = 1000;

/** Where and how much is sorted; the numbers are as above unless told otherwise. */
export interface SortOptions {
  readonly directory: string;
  readonly maxBytes?: number | undefined;
  readonly maxMerged?: number | undefined;
}

/**
 * Sorts records by key, as S3 orders them: in memory when they are few, else in runs on disk, in a
 * directory of its own below `directory` that is gone at the end. Records of one key stay in the
 * order they came in. Throws a UserError where the directory cannot be written to.
 */
export async function* sortByKey<T extends { readonly key: string }>(
  pages: Pages<T>,
  codec: Codec<T>,
  options: SortOptions,
): Pages<T> {
  const runs = new Runs(codec, options);
  const { maxBytes = sortBytes } = options;
  let records: T[] = [];
  let bytes = 0;
  try {
    for await (const page of pages) {
      for (const record of page) {
        records.push(record);
        bytes += record.key.length + 80;
      }
      if (bytes < maxBytes) continue;
      await runs.add(pagesOf(sorted(records), pageSize));
      records = [];
      bytes = 0;
    }
    yield* mergeSorted([...runs.lists(), pagesOf(sorted(records), pageSize)]);
  } finally {
    await runs.remove();
  }
}

/** Records on disk, in files that are sorted each and come one after the other. */
class Runs<T extends { readonly key: string }> {
  readonly #codec: Codec<T>;
  readonly #parent: string;
  readonly #maxMerged: number;
  #directory: string | undefined;
  /** Runs that were merged, and those that came after them. */
  readonly #long: string[] = [];
  #short: string[] = [];
  #files = 0;

  constructor(codec: Codec<T>, options: SortOptions) {
    this.#codec = codec;
    this.#parent = options.directory;
    this.#maxMerged = options.maxMerged ?? maxMerged;
  }

  async add(run: Pages<T>): Promise<void> {
    this.#short.push(await this.#write(run));
    if (this.#short.length < this.#maxMerged) return;
    this.#long.push(await this.#write(mergeSorted(this.#read(this.#short))));
    await Promise.all(this.#short.map((file) => rm(file)));
    this.#short = [];
  }

  lists(): readonly Pages<T>[] {
    return this.#read([...this.#long, ...this.#short]);
  }

  async remove(): Promise<void> {
    if (this.#directory === undefined) return;
    await rm(this.#directory, { recursive: true, force: true });
  }

  #read(files: readonly string[]): readonly Pages<T>[] {
    return files.map((name) => readRecords({ name, bytes: createReadStream(name) }, this.#codec));
  }

  async #write(run: Pages<T>): Promise<string> {
    try {
      this.#directory ??= await mkdtemp(join(this.#parent, "campanile-sort-"));
      const file = join(this.#directory, String(this.#files++));
      const output = createWriteStream(file, { mode: 0o600 });
      // Its failure is met by the write, or by the end, that fails.
      output.on("error", () => {});
      await writeRecords(output, run, this.#codec);
      await finished(output.end());
      return file;
    } catch (error) {
      if (!(error instanceof Error && "syscall" in error)) throw error;
      const doing = `cannot sort in ${JSON.stringify(this.#parent)}`;
      throw new UserError("failed", `${doing}: ${error.message}`, {
        hint: "to sort in another directory, one with room for the lists: TMPDIR=/path/to/it",
        cause: error,
      });
    }
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

/**
 * Sorts by copies of the keys, as keys that were cut out of lines are: such strings take several times as long to compare as those that
 * are text of their own.
 */
function sorted<T extends { readonly key: string }>(records: readonly T[]): T[] {
  const keyed = records.map((record) => ({ key: Buffer.from(record.key).toString(), record }));
  return keyed.sort((a, b) => compareKeys(a.key, b.key)).map(({ record }) => record);
}
