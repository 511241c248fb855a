import { type KeyRows, rowWidth } from "./pages.ts";

const tab = 0x09;
const zero = 0x30;

/**
 * Counts rows, from a place in each of two pages on, that have the same key, ETag and size as their counterpart and a key that is
 * greater than the one before: 10 to 20 times as fast as comparing records, since no record is made. Where an ETag is not known, a row
 * is not the same as any.
 */
export function countSameRows(a: KeyRows, aFrom: number, b: KeyRows, bFrom: number): number {
  const aView = viewOf(a.bytes);
  const bView = viewOf(b.bytes);
  const most = Math.min(a.table.length / rowWidth - aFrom, b.table.length / rowWidth - bFrom);
  let count = 0;
  for (; count < most; count++) {
    const row = (aFrom + count) * rowWidth;
    const bRow = (bFrom + count) * rowWidth;
    const begin = a.table[row]!;
    const bBegin = b.table[bRow]!;
    // Key, ETag and size in one piece, with tabs between them. None has a tab in it.
    const length = a.table[row + 2]! - begin;
    if (b.table[bRow + 2]! - bBegin !== length) break;
    if (commonLength(aView, begin, bView, bBegin, length) < length) break;
    if (a.bytes[a.table[row + 1]! + 1] === tab) break;
    if (count > 0 && !isGreater(a, aView, row)) break;
  }
  return count;
}

/** Adds up the sizes of rows, from a place on. */
export function totalSize({ bytes, table }: KeyRows, from: number, count: number): number {
  let total = 0;
  for (let row = from * rowWidth; row < (from + count) * rowWidth; row += rowWidth) {
    const end = table[row + 2]!;
    let begin = end;
    while (bytes[begin - 1] !== tab) begin--;
    let size = 0;
    for (let at = begin; at < end; at++) size = size * 10 + bytes[at]! - zero;
    total += size;
  }
  return total;
}

/** Whether a row's key is greater than that of the row before, by their bytes. */
function isGreater({ bytes, table }: KeyRows, view: DataView, row: number): boolean {
  const before = table[row - rowWidth]!;
  const lengthBefore = table[row - rowWidth + 1]! - before;
  const begin = table[row]!;
  const length = table[row + 1]! - begin;
  const shorter = Math.min(length, lengthBefore);
  const common = commonLength(view, begin, view, before, shorter);
  if (common === shorter) return length > lengthBefore;
  return bytes[begin + common]! > bytes[before + common]!;
}

/** How many bytes two texts have in common, of at most `length`. */
function commonLength(
  a: DataView,
  aBegin: number,
  b: DataView,
  bBegin: number,
  length: number,
): number {
  let at = 0;
  while (at + 4 <= length && a.getInt32(aBegin + at) === b.getInt32(bBegin + at)) at += 4;
  while (at < length && a.getUint8(aBegin + at) === b.getUint8(bBegin + at)) at++;
  return at;
}

function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
