import { columns, rowFlags } from "./list-columns.ts";
import { scanList } from "./list-scan.ts";
import type { ListScan } from "./list-scan.ts";
import { ListedRows } from "./listed-rows.ts";
import { UnexpectedReplyError } from "./unexpected-reply.ts";
import { decodeUrlBytes, utf8TextOf } from "./url-encoding.ts";
import { malformed } from "./xml-bytes.ts";
import type { Span } from "./xml-bytes.ts";
import { decodeEntities } from "./xml-entities.ts";

/** An object as a listing shows it. */
export interface ListedObject {
  readonly key: string;
  /** Without quotes; empty where the server sends none. */
  readonly etag: string;
  /** In bytes. */
  readonly size: number;
  /** As sent, in ISO 8601. */
  readonly lastModified: string;
  /** `STANDARD` where none is named. */
  readonly storageClass: string;
  /** `ongoing` while an archived object is being restored; then the time until which it can be read, as sent, in ISO 8601. */
  readonly restore: "ongoing" | (string & Record<never, never>) | undefined;
  /** Which checksum the object has; its value is not in listings. */
  readonly checksum?: ListedChecksum | undefined;
}

export interface ListedChecksum {
  /** `CRC64NVME` and others; more than there are names for in `ChecksumAlgorithm`. */
  readonly algorithm: string;
  readonly type: string | undefined;
}

/** One page of a listing. */
export interface ListPage {
  /** In the order of their keys' bytes; made when they are first asked for. */
  readonly objects: readonly ListedObject[];
  /** The same as bytes, for who needs no objects. */
  readonly rows: ListedRows;
  readonly commonPrefixes: readonly string[];
  /** Asks for the next page; undefined after the last. */
  readonly nextToken: string | undefined;
}

/** Makes a page of a list reply's bytes. Throws an UnexpectedReplyError for a document that is not a whole list. */
export function listPageOf(bytes: Buffer): ListPage {
  const scan = scanList(bytes);
  const { nextToken } = scan;
  try {
    const rows = new ListedRows(scan);
    let objects: readonly ListedObject[] | undefined;
    return {
      get objects() {
        return (objects ??= objectsOf(rows));
      },
      rows,
      commonPrefixes: scan.commonPrefixes.map((span) => prefixOf(scan, span)),
      nextToken: nextToken && decodeEntities(utf8TextOf(spanOf(bytes, nextToken))),
    };
  } catch (error) {
    if (error instanceof UnexpectedReplyError) throw error;
    throw malformed(String(error));
  }
}

/** Makes objects of rows: of all, or of those from one up to, not including, another. */
export function objectsOf(rows: ListedRows, from = 0, upTo = rows.count): ListedObject[] {
  const { bytes, table } = rows;
  // Nearly all objects of a page have the same class and checksum: one that is as the last one's is not made again.
  const storageClasses = new LastText(bytes);
  const checksums = new LastChecksum(bytes);
  const objects: ListedObject[] = [];
  for (let row = from * columns.width; row < upTo * columns.width; row += columns.width) {
    const etagBegin = table[row + columns.etag]!;
    const etagEnd = table[row + columns.etag + 1]!;
    const timeBegin = table[row + columns.lastModified]!;
    const timeEnd = table[row + columns.lastModified + 1]!;
    // Key, time and ETag stand near each other: one string is made and cut, in half the time that three take.
    let begin = etagBegin === 0 ? timeBegin : Math.min(timeBegin, etagBegin);
    let end = Math.max(timeEnd, etagEnd);
    const keyBegin = table[row + columns.key]!;
    const keyEnd = table[row + columns.key + 1]!;
    const flags = table[row + columns.flags]!;
    const isPlain = (flags & (rowFlags.isDecoded | rowFlags.isNotAscii)) === 0;
    if (isPlain) {
      begin = Math.min(begin, keyBegin);
      end = Math.max(end, keyEnd);
    }
    const text = bytes.toString("latin1", begin, end);
    const etag = etagBegin === 0 ? "" : text.slice(etagBegin - begin, etagEnd - begin);
    objects.push({
      key: isPlain
        ? text.slice(keyBegin - begin, keyEnd - begin)
        : keyTextOf(rows, flags, keyBegin, keyEnd),
      etag: etag.includes("&") ? decodeEntities(etag) : etag,
      size: rows.sizeAt(row),
      lastModified: text.slice(timeBegin - begin, timeEnd - begin),
      storageClass:
        storageClasses.of(
          table[row + columns.storageClass]!,
          table[row + columns.storageClass + 1]!,
        ) || "STANDARD",
      restore: restoreOf(rows, row),
      checksum: checksums.of(table, row),
    });
  }
  return objects;
}

function keyTextOf(rows: ListedRows, flags: number, begin: number, end: number): string {
  const bytes = (flags & rowFlags.isDecoded) === 0 ? rows.bytes : rows.decodedKeys;
  return bytes.toString("utf8", begin, end);
}

/** A common prefix: first XML's escapes, then the percent-encoding, if the server did encode. */
function prefixOf(scan: ListScan, span: Span): string {
  const sent = spanOf(scan.bytes, span);
  const unescaped = sent.includes(0x26) ? Buffer.from(decodeEntities(utf8TextOf(sent))) : sent;
  return utf8TextOf(scan.isUrlEncoded ? decodeUrlBytes(unescaped) : unescaped);
}

function spanOf(bytes: Buffer, { begin, end }: Span): Buffer {
  return bytes.subarray(begin, end);
}

function restoreOf({ bytes, table }: ListedRows, row: number): string | undefined {
  if (table[row + columns.isRestoring] !== 0) return "ongoing";
  const begin = table[row + columns.restoreExpiry]!;
  if (begin === 0) return undefined;
  return bytes.toString("latin1", begin, table[row + columns.restoreExpiry + 1]) || undefined;
}

/** Makes strings of a column whose texts are mostly the same. */
class LastText {
  readonly #bytes: Buffer;
  #begin = 0;
  #end = 0;
  #text = "";

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  of(begin: number, end: number): string {
    if (begin === this.#begin && end === this.#end) return this.#text;
    const length = end - begin;
    let isSame = length === this.#end - this.#begin;
    for (let i = 0; isSame && i < length; i++) {
      isSame = this.#bytes[begin + i] === this.#bytes[this.#begin + i];
    }
    if (!isSame) {
      this.#begin = begin;
      this.#end = end;
      this.#text = this.#bytes.toString("latin1", begin, end);
    }
    return this.#text;
  }
}

/** The same for the pair of columns that tell of a checksum. */
class LastChecksum {
  readonly #algorithms: LastText;
  readonly #types: LastText;
  #last: ListedChecksum = { algorithm: "", type: undefined };

  constructor(bytes: Buffer) {
    this.#algorithms = new LastText(bytes);
    this.#types = new LastText(bytes);
  }

  of(table: Int32Array, row: number): ListedChecksum | undefined {
    const begin = table[row + columns.checksumAlgorithm]!;
    if (begin === 0) return undefined;
    const algorithm = this.#algorithms.of(begin, table[row + columns.checksumAlgorithm + 1]!);
    const type =
      this.#types.of(table[row + columns.checksumType]!, table[row + columns.checksumType + 1]!) ||
      undefined;
    if (algorithm === "") return undefined;
    if (algorithm !== this.#last.algorithm || type !== this.#last.type) {
      this.#last = { algorithm, type };
    }
    return this.#last;
  }
}
