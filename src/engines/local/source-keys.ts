import { entryOf } from "../../listing/listed-entry.ts";
import { countSameListed } from "../../listing/same-listed.ts";
import { keyOf, type ListedPage } from "../../ranges/listed-page.ts";
import type { Entry } from "../../record/entry.ts";
import { objectsOf } from "../../s3/list-page.ts";

/** Bytes of what all keys of a side begin with; keys are compared without it. */
export interface PrefixBytes {
  readonly source: number;
  readonly target: number;
}

/** The source's keys of an interval, in their order. */
export interface SourceKeys {
  readonly count: number;
  /** Orders one of them and one of the target. */
  compare(at: number, target: ListedPage, targetAt: number): number;
  /** How many, from here on, are at the target with the same ETag and size, as far as that can be told without a look at each. */
  countSame(at: number, target: ListedPage, targetAt: number): number;
  /** The bytes of one, without the prefix. */
  keyAt(at: number): Uint8Array;
  /** The entries from one up to, not including, another, but for those that the filters pass over. */
  wanted(from: number, upTo: number): readonly Entry[];
  countWanted(from: number, upTo: number): number;
}

type Filter = ((entry: Entry) => boolean) | undefined;

/** Those of a page of a listing: entries are made of those that somebody looks at. */
export class ListedKeys implements SourceKeys {
  readonly count: number;
  readonly #page: ListedPage;
  readonly #prefixBytes: PrefixBytes;
  /** Where there is a filter: the entries that are wanted. */
  readonly #entries: readonly (Entry | undefined)[] | undefined;

  constructor(page: ListedPage, count: number, prefixBytes: PrefixBytes, isWanted: Filter) {
    this.count = count;
    this.#page = page;
    this.#prefixBytes = prefixBytes;
    this.#entries =
      isWanted &&
      objectsOf(page.rows, 0, count)
        .map(entryOf)
        .map((entry) => (isWanted(entry) ? entry : undefined));
  }

  compare(at: number, target: ListedPage, targetAt: number): number {
    const key = keyOf(this.#page.rows, at);
    const other = keyOf(target.rows, targetAt);
    return key.bytes.compare(
      other.bytes,
      other.begin + this.#prefixBytes.target,
      other.end,
      key.begin + this.#prefixBytes.source,
      key.end,
    );
  }

  countSame(at: number, target: ListedPage, targetAt: number): number {
    const { source, target: other } = this.#prefixBytes;
    return countSameListed(
      { rows: this.#page.rows, at, prefixBytes: source },
      { rows: target.rows, at: targetAt, prefixBytes: other },
      Math.min(this.count - at, target.count - targetAt),
    );
  }

  keyAt(at: number): Uint8Array {
    return this.#page.keyAt(at);
  }

  wanted(from: number, upTo: number): readonly Entry[] {
    if (this.#entries === undefined) return objectsOf(this.#page.rows, from, upTo).map(entryOf);
    return this.#entries.slice(from, upTo).filter((entry) => entry !== undefined);
  }

  countWanted(from: number, upTo: number): number {
    return this.#entries === undefined ? upTo - from : this.wanted(from, upTo).length;
  }
}

/** Those of entries of a list. */
export class EntryKeys implements SourceKeys {
  readonly count: number;
  readonly #entries: readonly Entry[];
  readonly #keys: readonly Buffer[];
  readonly #targetPrefix: number;
  readonly #isWanted: Filter;

  constructor(entries: readonly Entry[], prefixBytes: PrefixBytes, isWanted: Filter) {
    this.count = entries.length;
    this.#entries = entries;
    this.#keys = entries.map(({ key }) => Buffer.from(key).subarray(prefixBytes.source));
    this.#targetPrefix = prefixBytes.target;
    this.#isWanted = isWanted;
  }

  compare(at: number, target: ListedPage, targetAt: number): number {
    const { bytes, begin, end } = keyOf(target.rows, targetAt);
    return this.#keys[at]!.compare(bytes, begin + this.#targetPrefix, end);
  }

  countSame(): number {
    return 0;
  }

  keyAt(at: number): Uint8Array {
    return this.#keys[at]!;
  }

  wanted(from: number, upTo: number): readonly Entry[] {
    const entries = this.#entries.slice(from, upTo);
    return this.#isWanted === undefined ? entries : entries.filter(this.#isWanted);
  }

  countWanted(from: number, upTo: number): number {
    return this.wanted(from, upTo).length;
  }
}
