import { countUpTo } from "../../../src/ranges/count-up-to.ts";
import type { SortedPage } from "../../../src/ranges/sorted-page.ts";

/** The keys of a bucket, sorted by their bytes: kept, or made when they are asked for. */
export interface SortedKeys {
  readonly size: number;
  at(index: number): Uint8Array;
}

/** Sorts keys, and drops those that come twice. */
export function sortedKeys(keys: Iterable<string>): SortedKeys {
  const sorted = [...new Set(keys)]
    .map((key) => Buffer.from(key))
    .sort((a, b) => Buffer.compare(a, b));
  return { size: sorted.length, at: (index) => sorted[index]! };
}

/** The index of the first key behind this one. */
export function indexBehind(keys: SortedKeys, key: Uint8Array | undefined): number {
  if (key === undefined) return 0;
  let low = 0;
  let high = keys.size;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (Buffer.compare(keys.at(middle), key) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The keys from `from` up to `to`, as a page of a listing. */
export class KeysPage implements SortedPage<KeysPage> {
  readonly from: number;
  readonly to: number;
  readonly #keys: SortedKeys;

  constructor(keys: SortedKeys, from: number, to: number) {
    this.#keys = keys;
    this.from = from;
    this.to = to;
  }

  get count(): number {
    return this.to - this.from;
  }

  get isLast(): boolean {
    return this.to === this.#keys.size;
  }

  get token(): string | undefined {
    return this.isLast ? undefined : String(this.to);
  }

  keyAt(index: number): Uint8Array {
    return this.#keys.at(this.from + index);
  }

  countUpTo(upTo: Uint8Array): number {
    return countUpTo(this, upTo);
  }

  first(count: number): KeysPage {
    return new KeysPage(this.#keys, this.from, this.from + count);
  }
}

/** The names right in a folder, as one request with a delimiter shows them. */
export function namesIn(
  keys: SortedKeys,
  folder: Uint8Array,
  maxNames: number,
): { readonly names: readonly Uint8Array[]; readonly truncated: boolean } {
  const names: Uint8Array[] = [];
  const isIn = (at: number): boolean =>
    at < keys.size && Buffer.compare(keys.at(at).subarray(0, folder.length), folder) === 0;
  for (let at = indexBehind(keys, folder); isIn(at);) {
    if (names.length === maxNames) return { names, truncated: true };
    const key = keys.at(at);
    const slash = key.indexOf(0x2f, folder.length);
    names.push(key.subarray(folder.length, slash < 0 ? key.length : slash + 1));
    at = slash < 0 ? at + 1 : indexBehind(keys, endOf(key.subarray(0, slash + 1)));
  }
  return { names, truncated: false };
}

/** A key behind all keys in a folder. */
function endOf(folder: Uint8Array): Uint8Array {
  return Buffer.concat([folder, Buffer.from([0xff])]);
}
