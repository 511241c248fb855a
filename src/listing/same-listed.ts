import { columns, rowFlags } from "../s3/list-columns.ts";
import type { ListedRows } from "../s3/listed-rows.ts";

/** A place in the rows of a listing. */
export interface ListedPlace {
  readonly rows: ListedRows;
  readonly at: number;
  /** How many bytes of each key are not compared: those of a prefix that all have. */
  readonly prefixBytes: number;
}

/**
 * Counts rows, from a place in each of two listings on, that have the same key, ETag and size as their counterpart, `most` at most:
 * no object is made, and nothing is copied. A row that is written oddly is none of them: it is for records to tell.
 */
export function countSameListed(a: ListedPlace, b: ListedPlace, most: number): number {
  const aTable = a.rows.table;
  const bTable = b.rows.table;
  const aReply = viewOf(a.rows.bytes);
  const bReply = viewOf(b.rows.bytes);
  const aDecoded = viewOf(a.rows.decodedKeys);
  const bDecoded = viewOf(b.rows.decodedKeys);
  let row = a.at * columns.width;
  let other = b.at * columns.width;
  let count = 0;
  for (; count < most; count++, row += columns.width, other += columns.width) {
    const flags = aTable[row + columns.flags]!;
    const otherFlags = bTable[other + columns.flags]!;
    if (((flags | otherFlags) & rowFlags.isOdd) !== 0) break;

    const key = aTable[row + columns.key]! + a.prefixBytes;
    const keyLength = aTable[row + columns.key + 1]! - key;
    const otherKey = bTable[other + columns.key]! + b.prefixBytes;
    if (bTable[other + columns.key + 1]! - otherKey !== keyLength) break;

    const etag = aTable[row + columns.etag]!;
    const etagLength = aTable[row + columns.etag + 1]! - etag;
    const otherEtag = bTable[other + columns.etag]!;
    if (bTable[other + columns.etag + 1]! - otherEtag !== etagLength || etagLength === 0) break;

    const size = aTable[row + columns.size]!;
    const sizeLength = aTable[row + columns.size + 1]! - size;
    const otherSize = bTable[other + columns.size]!;
    if (bTable[other + columns.size + 1]! - otherSize !== sizeLength) break;

    const keys = (flags & rowFlags.isDecoded) === 0 ? aReply : aDecoded;
    const otherKeys = (otherFlags & rowFlags.isDecoded) === 0 ? bReply : bDecoded;
    if (!areSame(keys, key, otherKeys, otherKey, keyLength)) break;
    if (!areSame(aReply, etag, bReply, otherEtag, etagLength)) break;
    if (!areSame(aReply, size, bReply, otherSize, sizeLength)) break;
  }
  return count;
}

/** Compares bytes, four at a time. */
function areSame(a: DataView, aAt: number, b: DataView, bAt: number, length: number): boolean {
  let at = 0;
  for (; at + 4 <= length; at += 4) if (a.getInt32(aAt + at) !== b.getInt32(bAt + at)) return false;
  for (; at < length; at++) if (a.getUint8(aAt + at) !== b.getUint8(bAt + at)) return false;
  return true;
}

function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
