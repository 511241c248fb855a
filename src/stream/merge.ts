import { compareKeys } from "../key.ts";
import type { Side as SideName, Sided } from "../record/sided.ts";
import { type Page, type Pages, recordsOf } from "./pages.ts";

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

/**
 * Makes two listings in key order one, so that entries of the same key are neighbours, the source's first. Throws an OutOfOrderError
 * where a listing goes back or has a key twice: what was missed for it could not be told from what is not there.
 */
export async function* merge<T extends { readonly key: string }>(
  source: Pages<T>,
  target: Pages<T>,
): Pages<Sided<T>> {
  const sides = [new Side("source", source), new Side("target", target)] as const;
  const [a, b] = sides;
  let page: Sided<T>[] = [];
  try {
    for (;;) {
      if (a.needsPage) await a.nextPage();
      if (b.needsPage) await b.nextPage();
      if (a.isDone && b.isDone) break;
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
  #page: readonly T[] = [];
  #at = 0;
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
      const next = await this.#pages.next();
      this.#at = 0;
      if (next.done === true) {
        this.isDone = true;
        this.#page = [];
        return;
      }
      this.#page = recordsOf(next.value);
    } while (this.#page.length === 0);
  }

  get head(): T {
    return this.#page[this.#at]!;
  }

  take(): Sided<T> {
    const record = this.head;
    if (this.#last !== undefined && compareKeys(record.key, this.#last) <= 0) {
      throw new OutOfOrderError(this.side, record.key);
    }
    this.#last = record.key;
    this.#at++;
    return { side: this.side, record };
  }

  async end(): Promise<void> {
    await this.#pages.return?.();
  }
}
