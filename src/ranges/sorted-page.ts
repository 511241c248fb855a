/** A page of keys in order, as far as the splitter looks into it. */
export interface SortedPage<Self> {
  readonly count: number;
  /** Whether no key comes behind it. */
  readonly isLast: boolean;
  /** Goes on where the server stopped; undefined after the last page. */
  readonly token: string | undefined;
  /** A key's bytes, which stay when the page is given back. */
  keyAt(index: number): Uint8Array;
  /** How many of its keys are not behind `upTo`. */
  countUpTo(upTo: Uint8Array): number;
  /** The page with only its first keys. */
  first(count: number): Self;
}

/** How many keys of a page are looked at. */
const sampleKeys = 32;

/** Which keys of a page of so many are looked at, besides its first and its last. */
export function samplePlaces(count: number): number[] {
  const step = Math.max(1, count / sampleKeys);
  const places: number[] = [];
  for (let i = 0; i < count; i += step) places.push(Math.floor(i));
  return places;
}
