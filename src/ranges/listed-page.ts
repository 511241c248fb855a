import { columns, rowFlags } from "../s3/list-columns.ts";
import type { ListedObject, ListPage } from "../s3/list-objects.ts";
import { objectsOf } from "../s3/list-page.ts";
import type { ListedRows } from "../s3/listed-rows.ts";
import { firstNotRising } from "../s3/rising-keys.ts";
import { UnexpectedReplyError } from "../s3/unexpected-reply.ts";
import { countUpTo } from "./count-up-to.ts";
import type { DistantPage } from "./page-source.ts";
import { textOf } from "./range-bounds.ts";

/** Some listed objects: the first rows of a reply. */
export interface ListedObjects {
  readonly rows: ListedRows;
  /** How many of the rows, from the first on, are meant. */
  readonly count: number;
  /** The same as objects, made when they are first asked for. */
  readonly objects: readonly ListedObject[];
}

/**
 * A page of listed objects as the splitter sees it: keys as bytes, without the prefix that all of them have. It is the first rows of a
 * reply; who has made of it what it wants gives the rows' memory back.
 */
export class ListedPage implements DistantPage<ListedPage>, ListedObjects {
  readonly rows: ListedRows;
  readonly count: number;
  readonly token: string | undefined;
  readonly #prefixBytes: number;
  #objects: readonly ListedObject[] | undefined;

  constructor(rows: ListedRows, count: number, token: string | undefined, prefixBytes: number) {
    this.rows = rows;
    this.count = count;
    this.token = token;
    this.#prefixBytes = prefixBytes;
  }

  get objects(): readonly ListedObject[] {
    return (this.#objects ??= objectsOf(this.rows, 0, this.count));
  }

  get isLast(): boolean {
    return this.token === undefined;
  }

  /** A copy: it stays when the rows' memory is given back. */
  keyAt(index: number): Uint8Array {
    const { bytes, begin, end } = keyOf(this.rows, index);
    return Buffer.from(bytes.subarray(begin + this.#prefixBytes, end));
  }

  knows(): boolean {
    return true;
  }

  countUpTo(upTo: Uint8Array): number {
    return countUpTo(this, upTo);
  }

  first(count: number): ListedPage {
    return new ListedPage(this.rows, count, this.token, this.#prefixBytes);
  }
}

/**
 * Takes a page of a server's answer. Throws an UnexpectedReplyError unless its keys begin with the prefix, lie behind the key asked for
 * and rise by their bytes: a listing that is cut by keys would be wrong for any other.
 */
export function listedPage(
  { rows, nextToken }: Pick<ListPage, "rows" | "nextToken">,
  prefix: string,
  after: Uint8Array | undefined,
): ListedPage {
  const prefixBytes = Buffer.from(prefix);
  const page = new ListedPage(rows, rows.count, nextToken, prefixBytes.length);
  if (rows.count === 0) return page;
  // What rises from one key with the prefix to another has it all along.
  for (const index of [0, rows.count - 1]) {
    const { bytes, begin, end } = keyOf(rows, index);
    if (!bytes.subarray(begin, Math.min(end, begin + prefixBytes.length)).equals(prefixBytes)) {
      const key = bytes.toString("utf8", begin, end);
      throw new UnexpectedReplyError(`${show(key)} does not begin with ${show(prefix)}`);
    }
  }
  if (after !== undefined && Buffer.compare(after, page.keyAt(0)) >= 0) {
    throw outOfOrder(prefix + textOf(after), prefix + textOf(page.keyAt(0)));
  }
  const wrong = firstNotRising(rows);
  if (wrong !== undefined) {
    const text = ({ bytes, begin, end }: KeyBytes): string => bytes.toString("utf8", begin, end);
    throw outOfOrder(text(keyOf(rows, wrong - 1)), text(keyOf(rows, wrong)));
  }
  return page;
}

/** The names right in a folder, in order, as a page of a listing with a delimiter shows them. */
export function namesOf(
  { objects, commonPrefixes, nextToken }: ListPage,
  folder: string,
): { readonly names: readonly Uint8Array[]; readonly truncated: boolean } {
  const found = [...objects.map(({ key }) => key), ...commonPrefixes];
  const names = found
    .filter((name) => name.startsWith(folder) && name.length > folder.length)
    .map((name) => Buffer.from(name.slice(folder.length)))
    .sort((a, b) => Buffer.compare(a, b));
  return { names, truncated: nextToken !== undefined };
}

export interface KeyBytes {
  readonly bytes: Buffer;
  readonly begin: number;
  readonly end: number;
}

/** Where a row's key stands, with its prefix. */
export function keyOf(rows: ListedRows, index: number): KeyBytes {
  const { table } = rows;
  const row = index * columns.width;
  const isDecoded = (table[row + columns.flags]! & rowFlags.isDecoded) !== 0;
  return {
    bytes: isDecoded ? rows.decodedKeys : rows.bytes,
    begin: table[row + columns.key]!,
    end: table[row + columns.key + 1]!,
  };
}

function outOfOrder(before: string, key: string): UnexpectedReplyError {
  return new UnexpectedReplyError(
    `${show(key)} came behind ${show(before)}: the list is not in the order of the keys' bytes`,
  );
}

function show(key: string): string {
  return JSON.stringify(key);
}
