import { type Entry, entryCodec } from "../record/entry.ts";
import type { LineBuffer } from "../stream/line-buffer.ts";
import {
  type KeyRows,
  type Page,
  type PageColumns,
  type Pages,
  rowWidth,
} from "../stream/pages.ts";

/** Takes a prefix that all keys have away from them: so the keys of two places can be compared, and their order stays. */
export async function* relativeKeys(entries: Pages<Entry>, prefix: string): Pages<Entry> {
  const prefixBytes = Buffer.byteLength(prefix);
  for await (const page of entries) yield new RelativePage(page, prefix.length, prefixBytes);
}

/** Leaves out entries whose keys do not begin with a prefix; `onOthers` is told how many, page by page. */
export async function* onlyBelow(
  entries: Pages<Entry>,
  prefix: string,
  onOthers?: (count: number) => void,
): Pages<Entry> {
  for await (const page of entries) {
    const isBelow = (entry: Entry | undefined): boolean => entry?.key.startsWith(prefix) === true;
    // Keys in order that begin and end so have it all along. Where they are not, merging tells.
    if (isBelow(page.at(0)) && isBelow(page.at(-1))) yield page;
    else {
      const below = [...page].filter(isBelow);
      onOthers?.(page.length - below.length);
      yield below;
    }
  }
}

/** A page of another with less of each key. */
class RelativePage implements Page<Entry>, PageColumns<Entry> {
  readonly codec = entryCodec;
  readonly hasNoOutcomes = true;
  readonly length: number;
  readonly keyRows: KeyRows | undefined;
  readonly #page: Page<Entry>;
  readonly #prefixLength: number;

  constructor(page: Page<Entry>, prefixLength: number, prefixBytes: number) {
    this.#page = page;
    this.#prefixLength = prefixLength;
    this.length = page.length;
    const { keyRows } = page;
    if (keyRows === undefined) return;
    const table = Int32Array.from(keyRows.table);
    for (let row = 0; row < table.length; row += rowWidth) table[row]! += prefixBytes;
    this.keyRows = { bytes: keyRows.bytes, table };
  }

  get columns(): PageColumns<Entry> {
    return this;
  }

  at(index: number): Entry | undefined {
    const entry = this.#page.at(index);
    return entry && this.#relative(entry);
  }

  *[Symbol.iterator](): Iterator<Entry> {
    for (const entry of this.#page) yield this.#relative(entry);
  }

  writeLines(lines: LineBuffer): void {
    for (const entry of this) lines.addText(`${entryCodec.encode(entry)}\n`);
  }

  release(): void {
    this.#page.columns?.release();
  }

  #relative(entry: Entry): Entry {
    return { ...entry, key: entry.key.slice(this.#prefixLength) };
  }
}
