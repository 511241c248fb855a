import { compareKeys } from "../key.ts";
import type { ListedObject, ListPage } from "../s3/list-objects.ts";
import { UnexpectedReplyError } from "../s3/unexpected-reply.ts";
import { textOf } from "./range-bounds.ts";
import type { SortedPage } from "./splitter.ts";

/** A page of listed objects as the splitter sees it: keys as bytes, without the prefix that all of them have. */
export class ListedPage implements SortedPage<ListedPage> {
  readonly objects: readonly ListedObject[];
  readonly token: string | undefined;
  readonly #prefix: string;

  constructor(objects: readonly ListedObject[], token: string | undefined, prefix: string) {
    this.objects = objects;
    this.token = token;
    this.#prefix = prefix;
  }

  get count(): number {
    return this.objects.length;
  }

  get isLast(): boolean {
    return this.token === undefined;
  }

  keyAt(index: number): Uint8Array {
    return Buffer.from(this.objects[index]!.key.slice(this.#prefix.length));
  }

  first(count: number): ListedPage {
    return new ListedPage(this.objects.slice(0, count), this.token, this.#prefix);
  }
}

/**
 * Takes a page of a server's answer. Throws an UnexpectedReplyError unless its keys begin with the prefix, lie behind the key asked for
 * and rise by their bytes: a listing that is cut by keys would be wrong for any other.
 */
export function listedPage(
  { objects, nextToken }: ListPage,
  prefix: string,
  after: Uint8Array | undefined,
): ListedPage {
  let before = after === undefined ? undefined : prefix + textOf(after);
  for (const { key } of objects) {
    if (!key.startsWith(prefix)) {
      throw new UnexpectedReplyError(`${show(key)} does not begin with ${show(prefix)}`);
    }
    if (before !== undefined && compareKeys(before, key) >= 0) {
      throw new UnexpectedReplyError(
        `${show(key)} came behind ${show(before)}: the list is not in the order of the keys' bytes`,
      );
    }
    before = key;
  }
  return new ListedPage(objects, nextToken, prefix);
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

function show(key: string): string {
  return JSON.stringify(key);
}
