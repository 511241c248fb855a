import { columns, rowFlags } from "./list-columns.ts";
import type { ListedRows } from "./listed-rows.ts";

/**
 * The first row whose key does not come behind that of the row before, by their bytes; undefined when all keys rise. What two
 * neighbours have in common, which is most of a key, is passed over eight bytes at a time; to call `compare` for each costs four
 * times as much.
 *
 * Eight bytes are compared as a double. Those of a key, being UTF-8, are no NaN, and no zero but one.
 */
export function firstNotRising(rows: ListedRows): number | undefined {
  const { table, bytes: reply, decodedKeys } = rows;
  const replyView = viewOf(reply);
  const decodedView = viewOf(decodedKeys);
  let bytesBefore = reply;
  let viewBefore = replyView;
  let before = 0;
  let lengthBefore = -1;
  for (let row = 0, end = rows.count * columns.width; row < end; row += columns.width) {
    const isDecoded = (table[row + columns.flags]! & rowFlags.isDecoded) !== 0;
    const bytes = isDecoded ? decodedKeys : reply;
    const view = isDecoded ? decodedView : replyView;
    const begin = table[row + columns.key]!;
    const length = table[row + columns.key + 1]! - begin;
    const common = Math.min(length, lengthBefore);
    let at = 0;
    while (
      at + 8 <= common &&
      view.getFloat64(begin + at, true) === viewBefore.getFloat64(before + at, true)
    ) {
      at += 8;
    }
    while (at < common && bytes[begin + at] === bytesBefore[before + at]) at++;
    const isBehind =
      at < common ? bytes[begin + at]! > bytesBefore[before + at]! : length > lengthBefore;
    if (!isBehind) return row / columns.width;
    bytesBefore = bytes;
    viewBefore = view;
    before = begin;
    lengthBefore = length;
  }
  return undefined;
}

function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
