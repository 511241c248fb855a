import { columns, endOfText, kindOfByte } from "./list-columns.ts";
import {
  closeTag,
  flagOf,
  isMarkup,
  malformed,
  matches,
  openTag,
  scanChildren,
  skipElement,
  skipMarkup,
  skipSpace,
  textOf,
} from "./xml-bytes.ts";
import type { OpenTag } from "./xml-bytes.ts";

const lt = 0x3c;
const slash = 0x2f;

/** An object's element whose text is kept. */
interface Field {
  readonly column: number;
  readonly name: string;
  readonly open: Uint8Array;
  readonly close: Uint8Array;
}

function field(name: string, column: number): Field {
  return { column, name, open: Buffer.from(`<${name}>`), close: Buffer.from(`</${name}>`) };
}

const key = field("Key", columns.key);
const lastModified = field("LastModified", columns.lastModified);
const etag = field("ETag", columns.etag);
const size = field("Size", columns.size);
const storageClass = field("StorageClass", columns.storageClass);
const checksumAlgorithm = field("ChecksumAlgorithm", columns.checksumAlgorithm);
const checksumType = field("ChecksumType", columns.checksumType);

const fieldByName = new Map(
  [key, lastModified, etag, size, storageClass, checksumAlgorithm, checksumType].map((each) => [
    each.name,
    each,
  ]),
);

/**
 * Fills an object's row from behind its opening tag, and gives the place behind its closing one. A tag is recognised by a byte or
 * two and then compared whole, and text is walked once; what is written unusually (an attribute, white space in a tag, an unknown
 * element) goes the general way of `scanOddChild`.
 */
export function scanObject(bytes: Buffer, from: number, table: Int32Array, row: number): number {
  let at = from;
  for (;;) {
    if (bytes[at] !== lt) at = skipSpace(bytes, at);
    const likely = likelyField(bytes, at);
    if (likely === undefined) {
      if (bytes[at + 1] === slash) {
        checkObject(table, row);
        return closeTag(bytes, at, "Contents");
      }
      at = scanOddChild(bytes, at, table, row);
      continue;
    }
    const begin = at + likely.open.length;
    if (!matches(bytes, at, likely.open)) {
      at = scanOddChild(bytes, at, table, row);
      continue;
    }
    let end = begin;
    let flags = 0;
    let kind: number | undefined;
    while ((kind = kindOfByte[bytes[end]!]!) < endOfText) {
      flags |= kind;
      end++;
    }
    if (!matches(bytes, end, likely.close)) {
      at = scanOddChild(bytes, at, table, row);
      continue;
    }
    at = end + likely.close.length;
    put(bytes, table, row, likely, begin, end, flags);
  }
}

/** Which field the tag is that begins here, if it is one, by the bytes in which they differ. */
function likelyField(bytes: Buffer, at: number): Field | undefined {
  switch (bytes[at + 1]) {
    case 0x4b: // K
      return key;
    case 0x4c: // L
      return lastModified;
    case 0x45: // E
      return etag;
    case 0x53: // S, then i or t
      return bytes[at + 2] === 0x69 ? size : storageClass;
    case 0x43: // Checksum, then A or T
      return bytes[at + 9] === 0x41 ? checksumAlgorithm : checksumType;
    default:
      return undefined;
  }
}

function scanOddChild(bytes: Buffer, at: number, table: Int32Array, row: number): number {
  if (isMarkup(bytes, at)) return skipMarkup(bytes, at);
  const tag = openTag(bytes, at);
  if (tag.name === "RestoreStatus") return scanRestoreStatus(bytes, tag, table, row);
  const known = fieldByName.get(tag.name);
  if (known === undefined) return skipElement(bytes, tag);
  const { begin, end, after } = textOf(bytes, tag);
  let flags = 0;
  for (let at = begin; at < end; at++) flags |= kindOfByte[bytes[at]!]!;
  put(bytes, table, row, known, begin, end, flags);
  return after;
}

function scanRestoreStatus(bytes: Buffer, tag: OpenTag, table: Int32Array, row: number): number {
  return scanChildren(bytes, tag, (child) => {
    if (child.name === "IsRestoreInProgress") {
      const text = textOf(bytes, child);
      table[row + columns.isRestoring] = flagOf(bytes, text) ? 1 : 0;
      return text.after;
    }
    if (child.name === "RestoreExpiryDate") {
      const text = textOf(bytes, child);
      table[row + columns.restoreExpiry] = text.begin;
      table[row + columns.restoreExpiry + 1] = text.end;
      return text.after;
    }
    return undefined;
  });
}

function put(
  bytes: Buffer,
  table: Int32Array,
  row: number,
  { column, name }: Field,
  begin: number,
  end: number,
  flags: number,
): void {
  if (table[row + column] !== 0) {
    // An object may have several checksum algorithms; the first is as good as any.
    if (column === columns.checksumAlgorithm) return;
    throw malformed(`an object has two of ${name}`);
  }
  if (column === columns.etag) {
    // Only a pair is taken off: what has a quote on one side is not ours to mend.
    const left = quoteLength(bytes, begin);
    if (left > 0 && end - begin >= 2 * left && quoteLength(bytes, end - left) === left) {
      table[row + column] = begin + left;
      table[row + column + 1] = end - left;
      return;
    }
  }
  table[row + column] = begin;
  table[row + column + 1] = end;
  if (column === columns.key) table[row + columns.flags] = flags;
}

/** How many bytes the quote takes that stands here: `"`, `&quot;` or `&#34;`; 0 when there is none. */
function quoteLength(bytes: Buffer, at: number): number {
  if (bytes[at] === 0x22) return 1;
  if (bytes[at] !== 0x26) return 0;
  return matches(bytes, at, quotEntity) ? 6 : matches(bytes, at, quotNumber) ? 5 : 0;
}

const quotEntity = Buffer.from("&quot;");
const quotNumber = Buffer.from("&#34;");

function checkObject(table: Int32Array, row: number): void {
  const keyBegin = table[row + columns.key]!;
  if (keyBegin === 0 || keyBegin === table[row + columns.key + 1]) {
    throw malformed("it has an object without a key");
  }
  if (table[row + columns.size] === 0 || table[row + columns.lastModified] === 0) {
    throw malformed("it has an object without a size or a time");
  }
}
