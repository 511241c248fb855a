import { compareKeys } from "../key.ts";

/** The keys behind `after` up to and with `upTo`; undefined is no bound. */
export interface KeySpan {
  readonly after?: string | undefined;
  readonly upTo?: string | undefined;
}

/**
 * The keys that are settled, as spans that touch no other. What is settled are pages of ranges that
 * are listed from their first key to their last, so there are about as many spans as ranges were
 * ever under way, whatever the number of pages.
 */
export class SettledKeys implements Iterable<KeySpan> {
  /** In order; between two of them lies at least one key that is not settled. */
  readonly #spans: KeySpan[] = [];

  /**
   * Settles a span; gives false, and does nothing, when all of it was before. Throws for one of which
   * a part was: ranges do not overlap, so it is no range of this run.
   */
  add({ after, upTo }: KeySpan): boolean {
    const at = this.#indexBehind(after);
    const before = this.#spans[at - 1];
    const behind = this.#spans[at];
    if (before !== undefined && compareUpTo(upTo, before.upTo) <= 0) return false;
    const touchesBefore = before !== undefined && before.upTo === after && after !== undefined;
    const overlapsBefore =
      before !== undefined && !touchesBefore && compareBorder(after, before.upTo) < 0;
    const overlapsBehind = behind !== undefined && compareBorder(behind.after, upTo) < 0;
    if (overlapsBefore || overlapsBehind) {
      throw new Error(`keys from ${show(after)} to ${show(upTo)} were settled before, not all`);
    }
    const touchesBehind = behind !== undefined && behind.after === upTo && upTo !== undefined;
    this.#spans.splice(
      touchesBefore ? at - 1 : at,
      (touchesBefore ? 1 : 0) + (touchesBehind ? 1 : 0),
      {
        after: touchesBefore ? before.after : after,
        upTo: touchesBehind ? behind.upTo : upTo,
      },
    );
    return true;
  }

  /** Whether a key is settled. */
  has(key: string): boolean {
    const span = this.#spans[this.#indexBehind(key) - 1];
    if (span === undefined) return false;
    // A span that begins behind the key itself does not hold it; the one before may.
    if (span.after !== key) return compareUpTo(key, span.upTo) <= 0;
    return this.#spans[this.#indexBehind(key) - 2]?.upTo === key;
  }

  /** What of a span is not settled yet, in order. */
  remaining({ after, upTo }: KeySpan = {}): KeySpan[] {
    const left: KeySpan[] = [];
    let from = after;
    let isOpen = true;
    // The one before may reach into it.
    for (let at = Math.max(0, this.#indexBehind(after) - 1); at < this.#spans.length; at++) {
      const span = this.#spans[at]!;
      if (span.upTo !== undefined && from !== undefined && compareKeys(span.upTo, from) <= 0) {
        continue;
      }
      if (compareBorder(span.after, upTo) >= 0) break;
      if (compareAfter(from, span.after) < 0) left.push({ after: from, upTo: span.after });
      from = span.upTo;
      if (from === undefined || (upTo !== undefined && compareKeys(from, upTo) >= 0)) {
        isOpen = false;
        break;
      }
    }
    if (isOpen) left.push({ after: from, upTo });
    return left;
  }

  [Symbol.iterator](): Iterator<KeySpan> {
    return this.#spans[Symbol.iterator]();
  }

  /** The number of spans that begin at `after` or before it. */
  #indexBehind(after: string | undefined): number {
    let low = 0;
    let high = this.#spans.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (compareAfter(this.#spans[middle]!.after, after) <= 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Orders where spans begin: no bound is the least. */
function compareAfter(a: string | undefined, b: string | undefined): number {
  if (a === undefined || b === undefined)
    return (a === undefined ? 0 : 1) - (b === undefined ? 0 : 1);
  return compareKeys(a, b);
}

/** Orders where spans end: no bound is the greatest. */
function compareUpTo(a: string | undefined, b: string | undefined): number {
  if (a === undefined || b === undefined)
    return (a === undefined ? 1 : 0) - (b === undefined ? 1 : 0);
  return compareKeys(a, b);
}

/** Compares where a span begins with where another ends: below 0 when there may be keys between. */
function compareBorder(after: string | undefined, upTo: string | undefined): number {
  return after === undefined || upTo === undefined ? -1 : compareKeys(after, upTo);
}

function show(key: string | undefined): string {
  return key === undefined ? "an end" : JSON.stringify(key);
}
