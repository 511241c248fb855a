/**
 * Cumulated chances of the next byte of a key: `table[b]` is the chance of a byte below `b`, so byte `b` has the part from `table[b]`
 * to `table[b + 1]` of all keys that go on from there.
 */
export type ByteTable = Float64Array;

const tableLength = 257;

/** Makes a table of weights of any sum. */
export function tableOf(weightOf: (byte: number) => number): ByteTable {
  const table = new Float64Array(tableLength);
  for (let byte = 0; byte < 256; byte++) table[byte + 1] = table[byte]! + weightOf(byte);
  const sum = table[256]!;
  return table.map((upTo) => upTo / sum);
}

/** The byte whose part of a table a point, 0 to 1, lies in. */
export function byteAtPoint(table: ByteTable, point: number): number {
  let low = 0;
  let high = 255;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (table[middle + 1]! > point) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** How often a byte is news. Found by simulation: 1 and 4 do worse on some shapes of keys. */
const newsUpTo = 2;

/** Which bytes were seen in one context, and the chances of the next one there. */
export class ByteCounts {
  readonly #counts = new Uint32Array(256);
  #total = 0;
  #seenOnce = 0;
  #table: ByteTable | undefined;
  #madeOver: ByteTable | undefined;
  #madeAt = -1;

  /** Counts a byte, and tells whether it is news here: it was not seen before, or only once. */
  count(byte: number): "new" | "known" {
    const count = ++this.#counts[byte]!;
    if (count === 1) this.#seenOnce++;
    else if (count === 2) this.#seenOnce--;
    this.#total++;
    return count <= newsUpTo ? "new" : "known";
  }

  /**
   * The chances here. A byte that was not seen may still come, and is then as likely as the wider context has it: how likely that is
   * tell the bytes that were seen only once (Good-Turing). A table is made again when `version` has changed, not for each count.
   */
  over(wider: ByteTable, version: number): ByteTable {
    if (this.#total === 0) return wider;
    if (this.#table === undefined || this.#madeAt !== version || this.#madeOver !== wider) {
      this.#table ??= new Float64Array(tableLength);
      this.#fill(this.#table, wider);
      this.#madeAt = version;
      this.#madeOver = wider;
    }
    return this.#table;
  }

  #fill(table: ByteTable, wider: ByteTable): void {
    const unseen = (this.#seenOnce + 1) / (this.#total + 1);
    const seen = (1 - unseen) / this.#total;
    let counted = 0;
    for (let byte = 0; byte < 256; byte++) {
      counted += this.#counts[byte]!;
      table[byte + 1] = unseen * wider[byte + 1]! + seen * counted;
    }
  }
}
