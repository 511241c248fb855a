import type { RangeBounds } from "../../ranges/range-bounds.ts";
import type { Entry } from "../../record/entry.ts";
import { OutOfOrderError } from "../../stream/merge.ts";
import type { Pages } from "../../stream/pages.ts";

/** The entries of a list whose keys are in an interval; bounds are without the prefix. */
export interface ListInterval extends RangeBounds {
  readonly entries: readonly Entry[];
}

/** As many entries as a page of a listing has. */
const intervalEntries = 1000;

/**
 * Cuts a list, which is in the order of its keys' bytes, into intervals that together are the given ranges; those that are in none of
 * them, or do not begin with the prefix, are passed over. Throws an OutOfOrderError where it is not in order, or has a key twice.
 */
export async function* listIntervals(
  list: Pages<Entry>,
  ranges: readonly RangeBounds[],
  prefix: string,
): AsyncGenerator<ListInterval, void> {
  const left = [...ranges];
  let after = left[0]?.after;
  let entries: Entry[] = [];
  let last: Buffer | undefined;
  for await (const page of list) {
    for (const entry of page) {
      const bytes = Buffer.from(entry.key);
      if (last !== undefined && Buffer.compare(bytes, last) <= 0) {
        throw new OutOfOrderError("source", entry.key);
      }
      last = bytes;
      if (!entry.key.startsWith(prefix)) continue;
      const key = bytes.subarray(Buffer.byteLength(prefix));
      for (let range = left[0]; range !== undefined && isBehind(key, range); range = left[0]) {
        yield { entries, after, upTo: range.upTo };
        entries = [];
        left.shift();
        after = left[0]?.after;
      }
      const [range] = left;
      if (range === undefined || !isFromOn(key, range)) continue;
      if (entries.push(entry) < intervalEntries) continue;
      yield { entries, after, upTo: key };
      entries = [];
      after = key;
    }
  }
  for (const [i, { upTo }] of left.entries()) {
    yield { entries, after, upTo };
    entries = [];
    after = left[i + 1]?.after;
  }
}

function isBehind(key: Uint8Array, { upTo }: RangeBounds): boolean {
  return upTo !== undefined && Buffer.compare(key, upTo) > 0;
}

function isFromOn(key: Uint8Array, { after }: RangeBounds): boolean {
  return after === undefined || Buffer.compare(key, after) > 0;
}
