import { type Entry, entryCodec } from "../record/entry.ts";
import type { LineBuffer } from "../stream/line-buffer.ts";
import type { Page, PageColumns } from "../stream/pages.ts";

/**
 * Entries of a listing whose lines are written already: a third of the memory of the reply that they came in, for pages that wait for
 * their turn. Entries are read from them when somebody looks.
 */
export class WrittenEntries implements Page<Entry>, PageColumns<Entry> {
  readonly codec = entryCodec;
  /** What lists knows nothing of what was done. */
  readonly hasNoOutcomes = true;
  readonly length: number;
  readonly #lines: Buffer<ArrayBuffer>;
  #entries: readonly Entry[] | undefined;
  #isReleased = false;

  /** Takes the lines that were put together, which leaves the buffer empty, and that are so many. */
  constructor(lines: LineBuffer, count: number) {
    this.length = count;
    const written = lines.written();
    this.#lines = Buffer.allocUnsafeSlow(written.length);
    written.copy(this.#lines);
    lines.clear();
  }

  get columns(): PageColumns<Entry> {
    return this;
  }

  at(index: number): Entry | undefined {
    return this.#read().at(index);
  }

  [Symbol.iterator](): Iterator<Entry> {
    return this.#read()[Symbol.iterator]();
  }

  writeLines(lines: LineBuffer): void {
    const bytes = this.#bytes();
    lines.reserve(bytes.length);
    bytes.copy(lines.bytes, lines.length);
    lines.length += bytes.length;
  }

  /** Hundreds of pages a second may pass: their memory is not left to the collector, which works hard for it. */
  release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    this.#lines.buffer.transfer(0);
  }

  #read(): readonly Entry[] {
    if (this.#entries === undefined) {
      const lines = this.#bytes().toString().split("\n");
      // Behind the last line end is nothing.
      lines.pop();
      this.#entries = lines.map((line) => entryCodec.decode(line));
    }
    return this.#entries;
  }

  #bytes(): Buffer {
    if (this.#isReleased) throw new Error("a page is read whose memory was given back");
    return this.#lines;
  }
}
