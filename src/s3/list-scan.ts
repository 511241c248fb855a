import { columns } from "./list-columns.ts";
import { scanObject } from "./list-object-scan.ts";
import { ListTemplate } from "./list-template.ts";
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
 * it a text is two columns, where it begins and where it ends; the storage class and what follows may be another object's bytes,
 * if they are the same. A text that is absent begins at 0, which no text does.
 */
export interface ListScan {
  readonly bytes: Buffer;
  readonly objectCount: number;
  /** `objectCount` rows of `columns.width` numbers. */
  readonly table: Int32Array<ArrayBuffer>;
  /** Begin and end of each common prefix. */
  readonly commonPrefixes: readonly Span[];
  /** Where more is to come: the token that asks for it. */
  readonly nextToken: Span | undefined;
  /** Whether the server did percent-encode keys and prefixes. */
  readonly isUrlEncoded: boolean;
}

/** A page of 1000 keys of 1024 bytes, each byte percent-encoded, has 4 MB; some servers send larger pages when asked. */
export const maxListBytes = 32 * 1024 * 1024;

/**
 * Scans the reply to a ListObjectsV2. The document must be whole and well-formed: elements may come in any order, unknown ones,
 * attributes, comments and white space are passed over, but a cut, a wrong closing tag, an object without key, size or time, or
 * an unfinished list without a token is an UnexpectedReplyError, never a shorter page.
 */
export function scanList(bytes: Buffer): ListScan {
  if (bytes.length > maxListBytes) throw malformed(`it has ${bytes.length} bytes`);
  const root = prolog(bytes, listName);
  if (root.isEmpty) throw malformed("it is empty");
  const list = new ListBuilder(bytes);
  const template = new ListTemplate(bytes);
  let at = root.end;
  for (;;) {
    const row = list.makeRow();
    const from = at;
    at = template.match(list.table, row, from);
    if (at !== 0) {
      list.objectCount++;
      continue;
    }
    at = skipSpace(bytes, from);
    if (matches(bytes, at, contentsOpen)) {
      at = scanObject(bytes, at + contentsOpen.length, list.table, row);
      list.objectCount++;
      template.learn(list.table, row, from, at);
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

const slash = 0x2f;

const listName = "ListBucketResult";
const contentsName = "Contents";
const contentsOpen = Buffer.from("<Contents>");

/** A page has 1000 objects, and a row is made before it is known that nothing follows. */
const firstRows = 1001;

/** Collects what is found on the way through the document. */
class ListBuilder {
  readonly bytes: Buffer;
  table = new Int32Array(firstRows * columns.width);
  objectCount = 0;
  readonly commonPrefixes: Span[] = [];
  isTruncated: boolean | undefined;
  nextToken: Span | undefined;
  isUrlEncoded = false;
  #capacity = firstRows * columns.width;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  /** Makes room for one more object, and gives its row. */
  makeRow(): number {
    const row = this.objectCount * columns.width;
    if (row === this.#capacity) this.#grow();
    return row;
  }

  #grow(): void {
    this.#capacity *= 2;
    const larger = new Int32Array(this.#capacity);
    larger.set(this.table);
    this.table = larger;
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
      if (tag.isEmpty) throw malformed("it has an object without a key");
      const row = list.makeRow();
      list.objectCount++;
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
