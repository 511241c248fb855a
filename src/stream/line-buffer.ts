const firstBytes = 128 * 1024;

/** The most bytes that are kept from one use to the next; a larger buffer is made for a page that needs it, and dropped. */
const maxKeptBytes = 1 << 20;

/**
 * Bytes of lines that are being put together. Who writes asks for room, which may move them to a larger buffer, then writes into
 * `bytes` from `length` on, and says how far it came by setting `length`.
 */
export class LineBuffer {
  length = 0;
  #bytes = Buffer.allocUnsafeSlow(firstBytes);
  #view = viewOf(this.#bytes);

  get bytes(): Buffer {
    return this.#bytes;
  }

  /** The same bytes, for words: a DataView writes four bytes as fast as an array writes one. */
  get view(): DataView {
    return this.#view;
  }

  /** Makes room for so many bytes more. `bytes` and `view` are others afterwards, where there was not enough. */
  reserve(byteCount: number): void {
    const needed = this.length + byteCount;
    if (needed > this.#bytes.length) this.#replace(Math.max(needed, 2 * this.#bytes.length));
  }

  /** Adds a text as UTF-8. */
  addText(text: string): void {
    // No UTF-16 unit takes more than three bytes.
    this.reserve(3 * text.length);
    this.length += this.#bytes.write(text, this.length);
  }

  /** The lines; they are these until `clear`. */
  written(): Buffer {
    return this.#bytes.subarray(0, this.length);
  }

  /** Begins anew in the same memory. */
  clear(): void {
    this.length = 0;
    if (this.#bytes.length > maxKeptBytes) this.#replace(firstBytes);
  }

  /** Begins anew in other memory: what was written belongs to who has it. */
  renew(): void {
    this.length = 0;
    this.#replace(firstBytes);
  }

  #replace(byteCount: number): void {
    const larger = Buffer.allocUnsafeSlow(byteCount);
    this.#bytes.copy(larger, 0, 0, this.length);
    this.#bytes = larger;
    this.#view = viewOf(larger);
  }
}

function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
