import type { Codec } from "../record/codec.ts";
import type { LineBuffer } from "./line-buffer.ts";

/**
 * Records on their way between stages: a page of them at a time, so that an `await` is paid once a page. The consumer
 * pulls.
 */
export type Pages<T> = AsyncIterable<Page<T>>;

/** Some records: an array of them, or what makes them only when somebody looks. */
export interface Page<T> extends Iterable<T> {
  readonly length: number;
  at(index: number): T | undefined;
  /** What can be had without making records; an array has none. */
  readonly columns?: PageColumns<T> | undefined;
  /** Its keys, ETags and sizes as bytes, where they are at hand. */
  readonly keyRows?: KeyRows | undefined;
}

/** Where keys, ETags and sizes of a page are, in bytes that are these three, with a tab between them; none has an escape. */
export interface KeyRows {
  readonly bytes: Buffer;
  /** `rowWidth` numbers a record: where the key begins, where it ends, where the size ends, and where the record does. */
  readonly table: Int32Array;
}

export const rowWidth = 4;

/** What a page knows of its records that it has not made. */
export interface PageColumns<T> {
  /** The codec whose lines `writeLines` writes. */
  readonly codec: Codec<T>;
  /** True where no record has an `outcome` or a `code` among its attributes. */
  readonly hasNoOutcomes: boolean;
  /** Writes all records as lines, byte for byte as the codec would. */
  writeLines(lines: LineBuffer): void;
  /** Gives its memory back, when nobody will look any more: who has written the lines is the last. Records that were made stay. */
  release(): void;
}

/** A page's records as an array. */
export function recordsOf<T>(page: Page<T>): readonly T[] {
  return Array.isArray(page) ? (page as readonly T[]) : [...page];
}

/** Cuts an array into pages of at most `size` records. */
export async function* pagesOf<T>(records: readonly T[], size = 1000): Pages<T> {
  for (let i = 0; i < records.length; i += size) yield records.slice(i, i + size);
}

/** All records in one array, for results known to be few. */
export async function collect<T>(pages: Pages<T>): Promise<T[]> {
  const records: T[] = [];
  for await (const page of pages) for (const record of page) records.push(record);
  return records;
}

/** Looks at each page as it passes. */
export async function* tap<T>(pages: Pages<T>, look: (page: Page<T>) => void): Pages<T> {
  for await (const page of pages) {
    look(page);
    yield page;
  }
}
