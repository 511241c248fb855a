import type { DistantPage } from "../../ranges/page-source.ts";
import { samplePlaces, type SortedPage } from "../../ranges/sorted-page.ts";

/** What of a page travels to who cuts the ranges: numbers, and few of its keys. Plain data. */
export interface ShownKeys {
  readonly count: number;
  readonly isLast: boolean;
  readonly token: string | undefined;
  /** How many keys are not behind the end that was named. */
  readonly within: number;
  /** The bytes of the keys at `places`, one behind the other, and where each ends. */
  readonly keys: Uint8Array;
  readonly places: readonly number[];
  readonly ends: readonly number[];
}

/** Shows a page to who cuts the ranges: the keys it looks at, the first and the last among them. */
export function showKeys<Page extends SortedPage<Page>>(
  page: Page,
  upTo: Uint8Array | undefined,
): ShownKeys {
  const { count, isLast, token } = page;
  const within = upTo === undefined ? count : page.countUpTo(upTo);
  const places = new Set(count === 0 ? [] : [...samplePlaces(count), count - 1]);
  if (within > 0) places.add(within - 1);
  const keys: Uint8Array[] = [];
  const ends: number[] = [];
  let end = 0;
  for (const place of places) {
    const key = page.keyAt(place);
    keys.push(key);
    ends.push((end += key.length));
  }
  return { count, isLast, token, within, keys: Buffer.concat(keys), places: [...places], ends };
}

/** Where a page lies: a worker has no more than one of a range. */
export interface PagePlace {
  readonly worker: number;
  readonly range: number;
}

/** A page that lies with a worker, as the splitter sees it. */
export class ShownPage implements DistantPage<ShownPage>, PagePlace {
  readonly worker: number;
  readonly range: number;
  readonly count: number;
  readonly #shown: ShownKeys;
  readonly #upTo: Uint8Array | undefined;
  readonly #keys: ReadonlyMap<number, Uint8Array>;

  /** @param upTo The end that was named when the page was shown. */
  constructor(
    { worker, range }: PagePlace,
    shown: ShownKeys,
    upTo: Uint8Array | undefined,
    count = shown.count,
  ) {
    this.worker = worker;
    this.range = range;
    this.count = count;
    this.#shown = shown;
    this.#upTo = upTo;
    const { keys, places, ends } = shown;
    this.#keys = new Map(
      places.map((place, i) => [place, keys.subarray(i === 0 ? 0 : ends[i - 1], ends[i])]),
    );
  }

  get isLast(): boolean {
    return this.#shown.isLast;
  }

  get token(): string | undefined {
    return this.#shown.token;
  }

  keyAt(index: number): Uint8Array {
    const key = this.#keys.get(index);
    if (key === undefined) throw new Error(`the key at ${index} was not shown`);
    return key;
  }

  knows(upTo: Uint8Array | undefined): boolean {
    return upTo === this.#upTo || upTo === undefined || !this.#isBehind(upTo);
  }

  countUpTo(upTo: Uint8Array): number {
    if (!this.#isBehind(upTo)) return this.count;
    if (upTo !== this.#upTo) throw new Error("it was not asked how many keys are so far");
    return this.#shown.within;
  }

  first(count: number): ShownPage {
    return new ShownPage(this, this.#shown, this.#upTo, count);
  }

  /** Whether the page has keys behind `upTo`. */
  #isBehind(upTo: Uint8Array): boolean {
    const { count } = this.#shown;
    return count > 0 && Buffer.compare(this.keyAt(count - 1), upTo) > 0;
  }
}
