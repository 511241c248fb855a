import { decodeAttributes } from "../record/attributes.ts";
import type { Codec } from "../record/codec.ts";
import { type Entry, entryCodec } from "../record/entry.ts";
import { rowWidth, type KeyRows, type Page } from "../stream/pages.ts";

/**
 * Reads entries as `entryCodec` does, but of pages of lines makes entries only where somebody looks: what two lists have alike can be
 * told by their bytes.
 */
export const lazyEntryCodec: Codec<Entry> = {
  ...entryCodec,
  pageOf: (lines) => {
    const rows = scanEntries(lines);
    return rows && new EntryLinePage(lines, rows);
  },
};

/** Lines of entries, each found to be right, and cut where their columns end. */
class EntryLinePage implements Page<Entry>, KeyRows {
  readonly length: number;
  readonly bytes: Buffer;
  readonly table: Int32Array;

  constructor(lines: Buffer, rows: Int32Array) {
    this.bytes = lines;
    this.table = rows;
    this.length = rows.length / rowWidth;
  }

  get keyRows(): KeyRows {
    return this;
  }

  at(index: number): Entry | undefined {
    const row = index < 0 ? index + this.length : index;
    return row >= 0 && row < this.length ? this.#entry(row) : undefined;
  }

  *[Symbol.iterator](): Iterator<Entry> {
    for (let row = 0; row < this.length; row++) yield this.#entry(row);
  }

  #entry(row: number): Entry {
    const begin = this.table[row * rowWidth]!;
    const end = this.table[row * rowWidth + 3]!;
    return entryCodec.decode(this.bytes.toString("utf8", begin, end));
  }
}

const tab = 0x09;
const newline = 0x0a;
const backslash = 0x5c;

/** Bytes at which to look closer; no other is between them. */
const stops = new Uint8Array(256);
for (const byte of [tab, newline, backslash]) stops[byte] = 1;

/** More digits than these may be a number that is not safe. */
const maxDigits = 15;

/**
 * Finds the columns of lines that are separated by LF, in one pass: where each line begins, its key, its size and itself end. Gives
 * undefined when one of them has an escape or is not an entry's; who knows more then says what is wrong.
 */
function scanEntries(lines: Buffer): Int32Array | undefined {
  let table = new Int32Array(rowWidth * Math.ceil(lines.length / 64));
  let row = 0;
  let attributes = "";
  for (let at = 0; at <= lines.length; at++, row += rowWidth) {
    if (row === table.length) table = grown(table);
    const begin = at;
    while (stops[lines[at]!] === 0) at++;
    if (lines[at] !== tab || at === begin) return undefined;
    table[row] = begin;
    table[row + 1] = at++;
    while (stops[lines[at]!] === 0) at++;
    if (lines[at] !== tab) return undefined;
    const sizeBegin = ++at;
    while (lines[at]! >= 0x30 && lines[at]! <= 0x39) at++;
    if (lines[at] !== tab || at === sizeBegin || at - sizeBegin > maxDigits) return undefined;
    table[row + 2] = at++;
    while (stops[lines[at]!] === 0) at++;
    if (lines[at] === tab) {
      const from = ++at;
      while (stops[lines[at]!] === 0) at++;
      const found = lines.toString("utf8", from, at);
      // Mostly those of the line before.
      if (found !== attributes && !areAttributes(found)) return undefined;
      attributes = found;
    }
    if (at < lines.length && lines[at] !== newline) return undefined;
    table[row + 3] = at;
  }
  return table.subarray(0, row);
}

function grown(table: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(Math.max(2 * table.length, rowWidth));
  larger.set(table);
  return larger;
}

function areAttributes(column: string): boolean {
  try {
    decodeAttributes(column);
    return true;
  } catch {
    return false;
  }
}
