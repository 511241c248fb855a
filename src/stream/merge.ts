import { compareKeys } from "../key.ts";
import type { Side as SideName, Sided } from "../record/sided.ts";
import type { Page, Pages } from "./pages.ts";
import { countSameRows, totalSize } from "./same-rows.ts";

/** A list that is not in the order that merging needs. */
export class OutOfOrderError extends Error {
  override readonly name: string = "OutOfOrderError";
  readonly side: SideName;
  readonly key: string;

  constructor(side: SideName, key: string) {
    super(`the ${side} is not in the order of keys at ${JSON.stringify(key)}`);
    this.side = side;
    this.key = key;
  }
}

const pageSize = 1000;

/** What to do with what both listings have alike. */
export interface MergeOptions {
  /**
   * Leaves records of the same key, ETag and size out, and is told how many and the sum of their sizes. Not all of them: only those that
   * can be told without making them, of pages that have `keyRows`.
   */
  readonly onSame?: ((count: number, bytes: number) => void) | undefined;
}

/**
 * Makes two listings in key order one, so that entries of the same key are neighbours, the source's first. Throws an OutOfOrderError
 * where a listing goes back or has a key twice: what was missed for it could not be told from what is not there.
 */
export async function* merge<T extends { readonly key: string }>(
  source: Pages<T>,
  target: Pages<T>,
  { onSame }: MergeOptions = {},
): Pages<Sided<T>> {
  const sides = [new Side("source", source), new Side("target", target)] as const;
  const [a, b] = sides;
  let page: Sided<T>[] = [];
  try {
    for (;;) {
      if (a.needsPage) await a.nextPage();
      if (b.needsPage) await b.nextPage();
      if (a.isDone && b.isDone) break;
      if (onSame !== undefined && a.skipSame(b, onSame)) continue;
      const takeSource = b.isDone || (!a.isDone && compareKeys(a.head.key, b.head.key) <= 0);
      page.push(takeSource ? a.take() : b.take());
      if (page.length >= pageSize) {
        yield page;
        page = [];
      }
    }
  } finally {
    await Promise.all(sides.map((side) => side.end()));
  }
  if (page.length > 0) yield page;
}

/** One of the listings, read a page at a time. */
class Side<T extends { readonly key: string }> {
  readonly side: SideName;
  isDone = false;
  readonly #pages: AsyncIterator<Page<T>>;
  #page: Page<T> = [];
  #at = 0;
  #head: T | undefined;
  #last: string | undefined;

  constructor(side: SideName, pages: Pages<T>) {
    this.side = side;
    this.#pages = pages[Symbol.asyncIterator]();
  }

  get needsPage(): boolean {
    return !this.isDone && this.#at >= this.#page.length;
  }

  async nextPage(): Promise<void> {
    do {
      // Pages of a listing come by the hundreds a second: their memory is not left to the collector.
      this.#page.columns?.release();
      const next = await this.#pages.next();
      this.#at = 0;
      if (next.done === true) {
        this.isDone = true;
        this.#page = [];
        return;
      }
      this.#page = next.value;
    } while (this.#page.length === 0);
  }

  get head(): T {
    return (this.#head ??= this.#page.at(this.#at)!);
  }

  take(): Sided<T> {
    const record = this.head;
    if (!this.#isRising(record.key)) throw new OutOfOrderError(this.side, record.key);
    this.#last = record.key;
    this.#move(1);
    return { side: this.side, record };
  }

  /** Goes over what comes next on both sides and is the same by its bytes, as long as it is in order; false where nothing is. */
  skipSame(other: Side<T>, onSame: (count: number, bytes: number) => void): boolean {
    const [rows, otherRows] = [this.#page.keyRows, other.#page.keyRows];
    if (rows === undefined || otherRows === undefined) return false;
    const count = countSameRows(rows, this.#at, otherRows, other.#at);
    if (count === 0) return false;
    const { key } = this.head;
    // It is for `take` to say of which side this is.
    if (!this.#isRising(key) || !other.#isRising(key)) return false;
    onSame(count, totalSize(rows, this.#at, count));
    const last = this.#page.at(this.#at + count - 1)!.key;
    for (const side of [this, other]) {
      side.#last = last;
      side.#move(count);
    }
    return true;
  }

  async end(): Promise<void> {
    await this.#pages.return?.();
  }

  #isRising(key: string): boolean {
    return this.#last === undefined || compareKeys(key, this.#last) > 0;
  }

  #move(count: number): void {
    this.#at += count;
    this.#head = undefined;
  }
}
