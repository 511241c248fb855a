import { type ByteTable, tableOf } from "./byte-counts.ts";

export const slash = 0x2f;

/** A name that is a folder's holds more keys than one that is a key: how many more nobody knows, but a split is about those. */
const folderWeight = 1;
const keyWeight = 0.001;

/** All names in a folder, as a listing with a delimiter gave them: a tree of their bytes, made as far as it is walked. */
export class FolderNames {
  readonly #names: readonly Uint8Array[];
  readonly #low: number;
  readonly #high: number;
  readonly #offset: number;
  readonly #children = new Map<number, FolderNames | undefined>();
  #table: ByteTable | undefined;

  /** Those names, sorted, from `low` up to `high`, which are all alike in their first `offset` bytes. Folders' end in `/`. */
  constructor(names: readonly Uint8Array[], low = 0, high = names.length, offset = 0) {
    this.#names = names;
    this.#low = low;
    this.#high = high;
    this.#offset = offset;
  }

  /** The names that go on with this byte; undefined when none does. */
  after(byte: number): FolderNames | undefined {
    if (this.#children.has(byte)) return this.#children.get(byte);
    let low = this.#low;
    while (low < this.#high && !(this.#byteOf(low) >= byte)) low++;
    let high = low;
    while (high < this.#high && this.#byteOf(high) === byte) high++;
    const child =
      low === high ? undefined : new FolderNames(this.#names, low, high, this.#offset + 1);
    this.#children.set(byte, child);
    return child;
  }

  /** The chances of the next byte; undefined where all names end. */
  get table(): ByteTable | undefined {
    if (this.#table !== undefined) return this.#table;
    const weights = new Float64Array(256);
    let sum = 0;
    for (let i = this.#low; i < this.#high; i++) {
      const byte = this.#byteOf(i);
      if (byte < 0) continue;
      const weight = this.#names[i]!.at(-1) === slash ? folderWeight : keyWeight;
      weights[byte]! += weight;
      sum += weight;
    }
    if (sum === 0) return undefined;
    this.#table = tableOf((byte) => weights[byte]!);
    return this.#table;
  }

  /** The byte that a name goes on with; -1 where it ends, as the least of all. */
  #byteOf(i: number): number {
    return this.#names[i]![this.#offset] ?? -1;
  }
}
