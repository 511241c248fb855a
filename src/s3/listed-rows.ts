import { isUtf8 } from "node:buffer";
import { columns, rowFlags, kindOfByte } from "./list-columns.ts";
import type { ListScan } from "./list-scan.ts";
import { decodeUrlBytes, decodeUrlInto, utf8TextOf } from "./url-encoding.ts";
import { malformed } from "./xml-bytes.ts";
import { decodeEntities } from "./xml-entities.ts";

/** A word may be read at the last byte of a key; in a reply at least a closing tag stands behind it. */
const slackBytes = 8;

/** The first characters of a time are its date, those from 11 on the time of day, up to here. */
const timeLength = 19;

/**
 * The objects of a list reply, still as bytes: a row of the scan's table each. What can be wrong with a key or a size was looked for,
 * so that making an object of a row cannot fail; a key that was sent encoded is decoded, and its column means `decodedKeys`.
 */
export class ListedRows {
  readonly count: number;
  /** The sum of their sizes, in bytes. */
  readonly totalBytes: number;
  readonly #bytes: Buffer;
  readonly #table: Int32Array<ArrayBuffer>;
  #isReleased = false;
  #decodedKeys: Buffer = nothing;
  readonly #isUrlEncoded: boolean;
  readonly #view: DataView;
  #decodedBytes = 0;

  /** Throws a SyntaxError or an UnexpectedReplyError for a key, an ETag or a size that is none. */
  constructor({ bytes, table, objectCount, isUrlEncoded }: ListScan) {
    this.#bytes = bytes;
    this.#table = table;
    this.count = objectCount;
    this.#isUrlEncoded = isUrlEncoded;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    let totalBytes = 0;
    for (let row = 0; row < objectCount * columns.width; row += columns.width) {
      const flags = table[row + columns.flags]!;
      if (flags !== 0) this.#settleKey(row, flags);
      totalBytes += this.#settleSize(row);
      if (!this.#isPlainEtag(row) || !this.#isPlainTime(row)) this.#settleOdd(row);
    }
    this.totalBytes = totalBytes;
  }

  /** The reply. */
  get bytes(): Buffer {
    this.#check();
    return this.#bytes;
  }

  /** A row of `columns.width` numbers for each. Keys whose flags have `isDecoded` stand in `decodedKeys`, all else in the reply. */
  get table(): Int32Array<ArrayBuffer> {
    this.#check();
    return this.#table;
  }

  /** Keys in UTF-8. */
  get decodedKeys(): Buffer {
    this.#check();
    return this.#decodedKeys;
  }

  /**
   * Gives the memory back. The collector would find it much later, and works hard for it: it sees that there are hundreds of megabytes
   * outside of its heap, and looks through all of that, which took a sixth of a listing's CPU. Objects that were made stay.
   */
  release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    freeReply(this.#bytes);
    free(this.#table.buffer);
    if (this.#decodedKeys !== nothing) free(this.#decodedKeys.buffer);
  }

  #check(): void {
    if (this.#isReleased) throw new Error("a page is read whose memory was given back");
  }

  /** In bytes. */
  sizeAt(row: number): number {
    return numberOf(
      this.bytes,
      this.table[row + columns.size]!,
      this.table[row + columns.size + 1]!,
    );
  }

  /** The sum of the sizes of the first so many, in bytes. */
  bytesOf(count: number): number {
    if (count === this.count) return this.totalBytes;
    let sum = 0;
    for (let row = 0; row < count * columns.width; row += columns.width) sum += this.sizeAt(row);
    return sum;
  }

  #settleKey(row: number, flags: number): void {
    const bytes = this.#bytes;
    const table = this.#table;
    const begin = table[row + columns.key]!;
    const end = table[row + columns.key + 1]!;
    const isEncoded = this.#isUrlEncoded && (flags & rowFlags.isEncoded) !== 0;
    if (isEncoded || (flags & rowFlags.hasEntities) !== 0) {
      this.#decodeKey(row, begin, end, flags);
    } else if ((flags & rowFlags.isNotAscii) !== 0) {
      checkUtf8(bytes.subarray(begin, end));
    }
  }

  /** First XML's escapes, then the percent-encoding, if the server did encode: the opposite order of its own. */
  #decodeKey(row: number, begin: number, end: number, flags: number): void {
    const table = this.#table;
    if (this.#decodedKeys === nothing) this.#makeRoom(row);
    const keys = this.#decodedKeys;
    const from = this.#decodedBytes;
    let to: number;
    if ((flags & rowFlags.hasEntities) === 0) {
      to = decodeUrlInto(this.#bytes, begin, end, keys, from);
    } else {
      const text = Buffer.from(decodeEntities(utf8TextOf(this.#bytes.subarray(begin, end))));
      to = from + (this.#isUrlEncoded ? decodeUrlBytes(text) : text).copy(keys, from);
    }
    let kinds = 0;
    for (let i = from; i < to; i++) kinds |= kindOfByte[keys[i]!]!;
    if ((kinds & rowFlags.isNotAscii) !== 0) checkUtf8(keys.subarray(from, to));
    table[row + columns.key] = from;
    table[row + columns.key + 1] = to;
    table[row + columns.flags] =
      rowFlags.isDecoded | (kinds & (rowFlags.isNotAscii | rowFlags.isUnsafe));
    this.#decodedBytes = to;
  }

  /** Makes room for the keys from this row on: neither way of decoding makes one longer. */
  #makeRoom(firstRow: number): void {
    const { count } = this;
    const table = this.#table;
    let length = slackBytes;
    for (let row = firstRow; row < count * columns.width; row += columns.width) {
      length += table[row + columns.key + 1]! - table[row + columns.key]!;
    }
    this.#decodedKeys = Buffer.allocUnsafeSlow(length);
  }

  /** Leaves leading zeros out, so that the column is written as the number is. */
  #settleSize(row: number): number {
    const bytes = this.#bytes;
    const table = this.#table;
    const end = table[row + columns.size + 1]!;
    let begin = table[row + columns.size]!;
    while (bytes[begin] === zero && begin + 1 < end) begin++;
    table[row + columns.size] = begin;
    const size = numberOf(bytes, begin, end);
    if (begin === end || size > Number.MAX_SAFE_INTEGER) throw noNumber();
    return size;
  }

  /** Whether an ETag is ASCII from `-` up without a backslash, as all hexadecimal ones are: looked at four bytes at a time. */
  #isPlainEtag(row: number): boolean {
    const view = this.#view;
    const begin = this.#table[row + columns.etag]!;
    const end = this.#table[row + columns.etag + 1]!;
    let at = begin;
    for (; at + 4 <= end; at += 4) {
      const word = view.getInt32(at, true);
      // Bit 7 of a byte is set where it is not ASCII, or less than `-`, or, after the exclusive or, 0: a backslash.
      const slash = word ^ 0x5c5c5c5c;
      const odd = word | ((word - 0x2d2d2d2d) & ~word) | ((slash - 0x01010101) & ~slash);
      if ((odd & 0x80808080) !== 0) return false;
    }
    for (; at < end; at++) {
      const byte = this.#bytes[at]!;
      if (byte < 0x2d || byte > 0x7f || byte === 0x5c) return false;
    }
    return true;
  }

  #isPlainTime(row: number): boolean {
    const view = this.#view;
    const begin = this.#table[row + columns.lastModified]!;
    if (this.#table[row + columns.lastModified + 1]! - begin < timeLength) return false;
    let all = view.getInt32(begin + timeLength - 4, true);
    for (let at = 0; at + 4 <= timeLength; at += 4) all |= view.getInt32(begin + at, true);
    return (all & 0x80808080) === 0;
  }

  #settleOdd(row: number): void {
    const bytes = this.#bytes;
    const table = this.#table;
    decodeEntities(
      bytes.toString("latin1", table[row + columns.etag], table[row + columns.etag + 1]),
    );
    table[row + columns.flags]! |= rowFlags.isOdd;
  }
}

const nothing = Buffer.alloc(0);
const zero = 0x30;

function numberOf(bytes: Buffer, begin: number, end: number): number {
  let number = 0;
  for (let i = begin; i < end; i++) {
    const digit = bytes[i]! - zero;
    if (digit < 0 || digit > 9) throw noNumber();
    number = number * 10 + digit;
  }
  return number;
}

function noNumber(): Error {
  return malformed("an object's size is not a number");
}

/** Smaller replies may be in memory that Node shares out, in pieces of at most 32 KiB; and are not worth it. */
const minFreedBytes = 64 * 1024;

/** Frees a reply, which belongs to who asked for it; the buffer that it was read into may be somewhat longer. */
function freeReply({ buffer, byteOffset, byteLength }: Buffer): void {
  if (byteOffset !== 0 || byteLength < minFreedBytes) return;
  if (buffer.byteLength <= 2 * byteLength) free(buffer);
}

/** Takes the memory from under a buffer at once: what has moved out of it to nowhere is not left to the collector. */
function free(buffer: ArrayBufferLike): void {
  if (buffer instanceof ArrayBuffer) buffer.transfer(0);
}

function checkUtf8(key: Buffer): void {
  if (!isUtf8(key)) throw new SyntaxError("bytes that are not UTF-8");
}
