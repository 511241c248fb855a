import { type Entry, entryCodec } from "../record/entry.ts";
import { type ListPage, objectsOf } from "../s3/list-page.ts";
import type { ListedRows } from "../s3/listed-rows.ts";
import type { LineBuffer } from "../stream/line-buffer.ts";
import type { Page, PageColumns } from "../stream/pages.ts";
import { writeEntryLines } from "./entry-lines.ts";
import { entryOf } from "./listed-entry.ts";

/**
 * The objects of a page of a listing as entries. They are made when somebody looks at them; for who only writes them, their lines
 * come from the bytes of the reply.
 */
export class ListedEntries implements Page<Entry>, PageColumns<Entry> {
  readonly codec = entryCodec;
  /** What lists knows nothing of what was done. */
  readonly hasNoOutcomes = true;
  readonly #rows: ListedRows;
  #entries: readonly Entry[] | undefined;

  constructor({ rows }: Pick<ListPage, "rows">) {
    this.#rows = rows;
  }

  get length(): number {
    return this.#rows.count;
  }

  /** The sum of the objects' sizes. */
  get totalBytes(): number {
    return this.#rows.totalBytes;
  }

  get columns(): PageColumns<Entry> {
    return this;
  }

  at(index: number): Entry | undefined {
    return this.#made().at(index);
  }

  [Symbol.iterator](): Iterator<Entry> {
    return this.#made()[Symbol.iterator]();
  }

  writeLines(lines: LineBuffer): void {
    if (this.#entries === undefined) writeEntryLines(this.#rows, lines);
    else for (const entry of this.#entries) lines.addText(`${entryCodec.encode(entry)}\n`);
  }

  release(): void {
    this.#rows.release();
  }

  #made(): readonly Entry[] {
    if (this.#entries === undefined) {
      this.#entries = objectsOf(this.#rows).map(entryOf);
      this.#rows.release();
    }
    return this.#entries;
  }
}
