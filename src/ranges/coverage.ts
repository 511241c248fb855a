import type { RangeBounds } from "./range-bounds.ts";

/** An end of an interval: a key, or undefined for the end of all keys on its side. */
type End = Uint8Array | undefined;

/**
 * Proves that a listing is whole: it is told of each interval (after, upTo] that is settled, and in the end they must make one chain
 * from the beginning to the end of each range, each beginning where another ends. It knows nothing of how the ranges were cut, and holds no more
 * intervals than there are ranges under way.
 */
export class Coverage {
  /** Settled intervals that touch no other, by where they begin and by where they end. */
  readonly #endByBeginning = new Map<string, string>();
  readonly #beginningByEnd = new Map<string, string>();
  /** What is to be covered, by where it begins: where it ends. */
  readonly #whole: ReadonlyMap<string, string>;

  /** Of the keys of one range, or of several that do not touch. */
  constructor(whole: readonly RangeBounds[]) {
    this.#whole = new Map(
      whole.map(({ after, upTo }) => [nameOfAfter(after), nameOfUpTo(upTo)] as const),
    );
  }

  /** Notes that the keys of (after, upTo] were listed, or told to be missing. Throws when some of them were before. */
  settle(after: End, upTo: End): void {
    if (after !== undefined && upTo !== undefined && Buffer.compare(after, upTo) >= 0) {
      throw new Error(`the interval ${show(after)} to ${show(upTo)} goes backwards`);
    }
    let beginning = nameOfAfter(after);
    let end = nameOfUpTo(upTo);
    if (this.#endByBeginning.has(beginning) || this.#beginningByEnd.has(end)) {
      throw new Error(`the keys from ${show(after)} to ${show(upTo)} were listed twice`);
    }
    const before = this.#beginningByEnd.get(beginning);
    if (before !== undefined) {
      this.#beginningByEnd.delete(beginning);
      beginning = before;
    }
    const behind = this.#endByBeginning.get(end);
    if (behind !== undefined) {
      this.#endByBeginning.delete(end);
      end = behind;
    }
    this.#endByBeginning.set(beginning, end);
    this.#beginningByEnd.set(end, beginning);
  }

  /** Throws unless the settled intervals are all keys, each once. Rising intervals in one chain can neither overlap nor leave a gap. */
  check(): void {
    const isWhole = [...this.#whole].every(([from, to]) => this.#endByBeginning.get(from) === to);
    if (isWhole && this.#endByBeginning.size === this.#whole.size) return;
    const found = [...this.#endByBeginning].map(([from, to]) => `${from} to ${to}`).join(", ");
    throw new Error(`not all keys were listed, only those from ${found}`);
  }
}

// A key can be empty, when all keys have a prefix taken off: it is not the same as none.
function nameOfAfter(after: End): string {
  return after === undefined ? "the beginning" : show(after);
}

function nameOfUpTo(upTo: End): string {
  return upTo === undefined ? "the end" : show(upTo);
}

function show(key: End): string {
  return key === undefined ? "an end" : `"${Buffer.from(key).toString("latin1")}"`;
}
