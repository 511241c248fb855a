/** Keys in their order, as those of a list page. */
export interface SortedKeys {
  readonly count: number;
  keyAt(index: number): Uint8Array;
}

/** How many of the keys are not behind `upTo`. */
export function countUpTo(keys: SortedKeys, upTo: Uint8Array): number {
  let low = 0;
  let high = keys.count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (Buffer.compare(keys.keyAt(middle), upTo) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
