import type { ListedObjects } from "../ranges/listed-page.ts";
import { type Entry, entryCodec } from "../record/entry.ts";
import { LineBuffer } from "../stream/line-buffer.ts";
import { type KeyRows, type Page, type PageColumns, rowWidth } from "../stream/pages.ts";
import type { Spilled } from "../stream/spill-file.ts";
import type { Spillable } from "../stream/waiting-pages.ts";
import { type LinePlaces, writeEntryLines } from "./entry-lines.ts";

/** It holds nothing between two calls. */
const lines = new LineBuffer();

const tableBytes = Int32Array.BYTES_PER_ELEMENT;

/** Writes the lines of listed objects as entries, for who compares them, and gives the memory of their reply back. */
export function keyedLines({ rows, count }: ListedObjects): KeyedLines {
  const table = new Int32Array(count * rowWidth);
  const places: LinePlaces = { table, isPlain: true };
  writeEntryLines(rows, lines, count, places);
  rows.release();
  const page = new KeyedLines(lines.written(), places);
  lines.clear();
  return page;
}

/**
 * A page of a listing as lines, and where their columns end: so it can wait for its turn, what it has in common with another is told by
 * bytes, and an entry is made only where somebody looks.
 */
export class KeyedLines implements Page<Entry>, PageColumns<Entry>, Spillable {
  readonly codec = entryCodec;
  readonly hasNoOutcomes = true;
  readonly length: number;
  readonly #lineBytes: number;
  readonly #isPlain: boolean;
  /** The lines, up to three bytes of nothing, and the table: in one piece, so that it is put away as one. */
  #bytes: Buffer<ArrayBuffer>;
  #spilled: Spilled | undefined;
  #rows: KeyRows | undefined;

  /** Copies both. */
  constructor(written: Buffer, { table, isPlain }: LinePlaces) {
    this.length = table.length / rowWidth;
    this.#lineBytes = written.length;
    this.#isPlain = isPlain;
    this.#bytes = Buffer.allocUnsafeSlow(this.#tableAt + table.byteLength);
    written.copy(this.#bytes);
    this.#read().table.set(table);
  }

  get keyRows(): KeyRows | undefined {
    return this.#isPlain ? this.#read() : undefined;
  }

  get columns(): PageColumns<Entry> {
    return this;
  }

  get byteLength(): number {
    return this.#bytes.length;
  }

  at(index: number): Entry | undefined {
    const row = index < 0 ? index + this.length : index;
    return row >= 0 && row < this.length ? this.#entry(row) : undefined;
  }

  *[Symbol.iterator](): Iterator<Entry> {
    for (let row = 0; row < this.length; row++) yield this.#entry(row);
  }

  writeLines(to: LineBuffer): void {
    const { bytes } = this.#read();
    to.reserve(this.#lineBytes);
    bytes.copy(to.bytes, to.length, 0, this.#lineBytes);
    to.length += this.#lineBytes;
  }

  release(): void {
    this.#rows = undefined;
    if (!this.#bytes.buffer.detached) this.#bytes.buffer.transfer(0);
  }

  putAway(write: (bytes: Uint8Array) => Spilled | undefined): void {
    this.#spilled = write(this.#bytes);
    if (this.#spilled !== undefined) this.release();
  }

  bringBack(take: (spilled: Spilled) => Buffer<ArrayBuffer>): void {
    if (this.#spilled === undefined) return;
    this.#bytes = take(this.#spilled);
    this.#spilled = undefined;
  }

  get #tableAt(): number {
    return Math.ceil(this.#lineBytes / tableBytes) * tableBytes;
  }

  #entry(row: number): Entry {
    const { bytes, table } = this.#read();
    const at = row * rowWidth;
    return entryCodec.decode(bytes.toString("utf8", table[at], table[at + 3]));
  }

  #read(): KeyRows {
    if (this.#rows !== undefined) return this.#rows;
    const bytes = this.#bytes;
    if (bytes.buffer.detached) throw new Error("a page is read whose memory was given back");
    const at = bytes.byteOffset + this.#tableAt;
    const table = new Int32Array(bytes.buffer, at, this.length * rowWidth);
    return (this.#rows = { bytes, table });
  }
}
