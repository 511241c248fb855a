import {
  closeTag,
  epilog,
  flagOf,
  isMarkup,
  malformed,
  matches,
  openTag,
  prolog,
  scanChildren,
  skipElement,
  skipMarkup,
  skipSpace,
  textOf,
} from "./xml-bytes.ts";
import type { OpenTag, Span } from "./xml-bytes.ts";

/**
 * Where in a list reply's bytes things are: found in one pass, nothing decoded, nothing copied. A row of the table is an object; in
 * it a text is two columns, where it begins and where it ends. A text that is absent begins at 0, which no text does.
 */
export interface ListScan {
  readonly bytes: Buffer;
  readonly objectCount: number;
  /** `objectCount` rows of `columns.width` numbers. */
  readonly table: Int32Array;
  /** Begin and end of each common prefix. */
  readonly commonPrefixes: readonly Span[];
  /** Where more is to come: the token that asks for it. */
  readonly nextToken: Span | undefined;
  /** Whether the server did percent-encode keys and prefixes. */
  readonly isUrlEncoded: boolean;
}

/** The columns of a row. A text's end is the column after its beginning. */
export const columns = {
  key: 0,
  /** 0 when the key's bytes are its characters: ASCII without `%`, `+` and `&`. */
  keyFlags: 2,
  lastModified: 3,
  etag: 5,
  size: 7,
  storageClass: 9,
  checksumAlgorithm: 11,
  checksumType: 13,
  restoreExpiry: 15,
  isRestoring: 17,
  width: 19,
} as const;

/** A page of 1000 keys of 1024 bytes, each byte percent-encoded, has 4 MB; some servers send larger pages when asked. */
export const maxListBytes = 32 * 1024 * 1024;

/** Bits of the column `keyFlags`. */
export const keyFlags = {
  /** It has a `%` or a `+`: percent-encoded where the list is. */
  isEncoded: 1,
  /** It has an `&`. */
  hasEntities: 2,
  isNotAscii: 4,
} as const;

/**
 * Scans the reply to a ListObjectsV2. The document must be whole and well-formed: elements may come in any order, unknown ones,
 * attributes, comments and white space are passed over, but a cut, a wrong closing tag, an object without key, size or time, or
 * an unfinished list without a token is an UnexpectedReplyError, never a shorter page.
 */
export function scanList(bytes: Buffer): ListScan {
  if (bytes.length > maxListBytes) throw malformed(`it has ${bytes.length} bytes`);
  const root = prolog(bytes, listName);
  const list = new ListBuilder(bytes);
  let at = root.end;
  if (root.isEmpty) throw malformed("it is empty");
  for (;;) {
    at = skipSpace(bytes, at);
    if (matches(bytes, at, contentsOpen)) {
      at = scanObject(bytes, at + contentsOpen.length, list.table, list.nextRow());
    } else if (bytes[at + 1] === slash) {
      epilog(bytes, closeTag(bytes, at, listName));
      return list.finished();
    } else if (isMarkup(bytes, at)) {
      at = skipMarkup(bytes, at);
    } else {
      at = scanListChild(bytes, openTag(bytes, at), list);
    }
  }
}

const lt = 0x3c;
const slash = 0x2f;

const listName = "ListBucketResult";
const contentsName = "Contents";
const contentsOpen = Buffer.from("<Contents>");

/** Collects what is found on the way through the document. */
class ListBuilder {
  readonly bytes: Buffer;
  table = new Int32Array(1000 * columns.width);
  objectCount = 0;
  readonly commonPrefixes: Span[] = [];
  isTruncated: boolean | undefined;
  nextToken: Span | undefined;
  isUrlEncoded = false;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  /** Makes room for one more object. */
  nextRow(): number {
    const row = this.objectCount++ * columns.width;
    if (row === this.table.length) {
      const larger = new Int32Array(this.table.length * 2);
      larger.set(this.table);
      this.table = larger;
    }
    return row;
  }

  finished(): ListScan {
    const { bytes, objectCount, table, commonPrefixes, isTruncated, isUrlEncoded } = this;
    if (isTruncated === undefined) throw malformed("it does not say whether it is truncated");
    const nextToken = isTruncated ? this.nextToken : undefined;
    if (isTruncated && (nextToken === undefined || nextToken.begin === nextToken.end)) {
      throw malformed("it is truncated and has no token for the rest");
    }
    return { bytes, objectCount, table, commonPrefixes, nextToken, isUrlEncoded };
  }
}

/** Any child of the list but a plain `<Contents>`. */
function scanListChild(bytes: Buffer, tag: OpenTag, list: ListBuilder): number {
  switch (tag.name) {
    case contentsName: {
      const row = list.nextRow();
      if (tag.isEmpty) throw malformed("it has an object without a key");
      return scanObject(bytes, tag.end, list.table, row);
    }
    case "CommonPrefixes":
      return scanChildren(bytes, tag, (child) => {
        if (child.name !== "Prefix") return undefined;
        const text = textOf(bytes, child);
        list.commonPrefixes.push(text);
        return text.after;
      });
    case "NextContinuationToken": {
      const text = textOf(bytes, tag);
      list.nextToken = text;
      return text.after;
    }
    case "IsTruncated": {
      const text = textOf(bytes, tag);
      list.isTruncated = flagOf(bytes, text);
      return text.after;
    }
    case "EncodingType": {
      const text = textOf(bytes, tag);
      list.isUrlEncoded = bytes.toString("latin1", text.begin, text.end) === "url";
      return text.after;
    }
    default:
      return skipElement(bytes, tag);
  }
}

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
 * Fills an object's row from behind its opening tag, and gives the place behind its closing one. This loop is what a listing
 * costs, so a tag is recognised by a byte or two and then compared whole, text is walked once, and only what is written unusually
 * (an attribute, white space in a tag, an unknown element) goes the general way of `scanOddChild`.
 */
function scanObject(bytes: Buffer, from: number, table: Int32Array, row: number): number {
  let at = from;
  for (;;) {
    if (bytes[at] !== lt) at = skipSpace(bytes, at);
    const likely = likelyField(bytes, at);
    if (likely === undefined) {
      if (bytes[at + 1] === slash) {
        checkObject(table, row);
        return closeTag(bytes, at, contentsName);
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
  for (let i = begin; i < end; i++) flags |= kindOfByte[bytes[i]!]!;
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
  if (column === columns.key) table[row + columns.keyFlags] = flags;
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

const endOfText = 0x80;

/** For each byte: what it says of the text it is in; `<` ends text. */
const kindOfByte = new Uint8Array(256);
kindOfByte.fill(keyFlags.isNotAscii, 0x80);
kindOfByte[0x25] = keyFlags.isEncoded; // %
kindOfByte[0x2b] = keyFlags.isEncoded; // +
kindOfByte[0x26] = keyFlags.hasEntities; // &
kindOfByte[lt] = endOfText;
