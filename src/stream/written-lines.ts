import type { Codec } from "../record/codec.ts";
import { LineBuffer } from "./line-buffer.ts";
import type { Page, PageColumns } from "./pages.ts";
import type { Spilled } from "./spill-file.ts";
import type { Spillable } from "./waiting-pages.ts";

/**
 * A page of records whose lines are written already: for pages of a listing that wait for their turn
 * this takes a third of the memory of what they came in. Records are read from them when somebody
 * looks.
 */
export class WrittenLines<T> implements Page<T>, PageColumns<T>, Spillable {
  readonly codec: Codec<T>;
  /** Lines are written early only by what lists, which knows nothing of what was done. */
  readonly hasNoOutcomes = true;
  readonly length: number;
  #lines: Buffer<ArrayBuffer>;
  #spilled: Spilled | undefined;
  #records: readonly T[] | undefined;
  #isReleased = false;

  /**
   * Takes the lines that were put together, which leaves the buffer empty, and that are so many; or lines that another page has
   * handed over.
   */
  constructor(lines: LineBuffer | Buffer<ArrayBuffer>, count: number, codec: Codec<T>) {
    this.length = count;
    this.codec = codec;
    if (!(lines instanceof LineBuffer)) {
      this.#lines = lines;
      return;
    }
    const written = lines.written();
    this.#lines = Buffer.allocUnsafeSlow(written.length);
    written.copy(this.#lines);
    lines.clear();
  }

  get columns(): PageColumns<T> {
    return this;
  }

  at(index: number): T | undefined {
    return this.#read().at(index);
  }

  [Symbol.iterator](): Iterator<T> {
    return this.#read()[Symbol.iterator]();
  }

  writeLines(lines: LineBuffer): void {
    const bytes = this.#bytes();
    lines.reserve(bytes.length);
    bytes.copy(lines.bytes, lines.length);
    lines.length += bytes.length;
  }

  /** Hundreds of pages a second may pass: their memory is not left to the collector. */
  release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    this.#lines.buffer.transfer(0);
  }

  /** Gives the lines away, all of the memory that they are in. */
  handOver(): Buffer<ArrayBuffer> {
    const lines = this.#bytes();
    this.#isReleased = true;
    return lines;
  }

  get byteLength(): number {
    return this.#lines.length;
  }

  putAway(write: (bytes: Uint8Array) => Spilled | undefined): void {
    this.#spilled = write(this.#bytes());
    if (this.#spilled !== undefined) this.#lines.buffer.transfer(0);
  }

  bringBack(take: (spilled: Spilled) => Buffer<ArrayBuffer>): void {
    if (this.#spilled === undefined) return;
    this.#lines = take(this.#spilled);
    this.#spilled = undefined;
  }

  #read(): readonly T[] {
    if (this.#records === undefined) {
      const lines = this.#bytes().toString().split("\n");
      // Behind the last line end is nothing.
      lines.pop();
      this.#records = lines.map((line) => this.codec.decode(line));
    }
    return this.#records;
  }

  #bytes(): Buffer<ArrayBuffer> {
    if (this.#isReleased) throw new Error("a page is read whose memory was given back");
    return this.#lines;
  }
}
