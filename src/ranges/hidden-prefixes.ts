import { coveredPieces } from "./covered-pieces.ts";
import type { ListLine } from "./list-line.ts";
import type { NumberedLine } from "./numbered-line.ts";

/**
 * Lines and prefixes that are kept, each: at a hundred bytes and more each that is some megabytes. Part
 * files have some thousands of lines.
 */
const maxKept = 10_000;

/** The most prefixes that are looked for in all lines: each takes a look at all of them. */
const maxChecked = 500;

/** What became of the keys that delimiters have hidden. */
export interface HiddenReport {
  /** How many prefixes were hidden by a line's delimiter. */
  readonly hidden: number;
  /** Some of those whose keys no other line lists, or not all of them. */
  readonly uncovered: readonly string[];
  /** How many there are of these, as far as it was looked. */
  readonly uncoveredCount: number;
  /** How many were not looked at, because there were too many of them, or too many lines. */
  readonly unchecked: number;
}

/** The most prefixes that are named. */
const maxNamed = 5;

/**
 * Keeps what lines of a part file list and what their delimiters hide, and tells in the end which of
 * it no line lists. It knows the lines that came through here: a Hadoop task knows its own only.
 */
export class HiddenPrefixes {
  readonly #lines: NumberedLine[] = [];
  readonly #prefixes = new Set<string>();
  #lineCount = 0;
  #hidden = 0;
  #passedOver = 0;

  /** Notes a line that is listed. */
  noteLine(keys: ListLine): void {
    this.#lineCount++;
    if (this.#lines.length < maxKept) this.#lines.push({ number: this.#lineCount, keys });
  }

  /** Notes a prefix that a line's delimiter has hidden. */
  noteHidden(prefix: string): void {
    this.#hidden++;
    if (this.#prefixes.size < maxChecked) this.#prefixes.add(prefix);
    else if (!this.#prefixes.has(prefix)) this.#passedOver++;
  }

  /** What can be told when all lines were listed. */
  report(): HiddenReport {
    const isAllKept = this.#lineCount === this.#lines.length;
    const checked = isAllKept ? [...this.#prefixes] : [];
    const uncovered = checked.filter((prefix) =>
      coveredPieces(this.#lines, prefix).some(
        ({ by, partly }) => by.length === 0 && partly.length === 0,
      ),
    );
    return {
      hidden: this.#hidden,
      uncovered: uncovered.slice(0, maxNamed),
      uncoveredCount: uncovered.length,
      unchecked: isAllKept ? this.#passedOver : this.#hidden,
    };
  }
}
