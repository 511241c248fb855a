import { compareBytes } from "./key-order.ts";

/**
 * Keys a block holds before it is cut in two: a splice of this length costs about what finding its
 * place does.
 */
const maxBlockKeys = 512;

/**
 * A map whose keys can be walked from any point in the order of their UTF-8 bytes, without sorting.
 * The keys lie in sorted blocks; a key is found by its block's last key, then within the block,
 * both by halving.
 */
export class SortedMap<V> {
  readonly #values = new Map<string, V>();
  readonly #blocks: string[][] = [];

  /** How many keys there are. */
  get size(): number {
    return this.#values.size;
  }

  get(key: string): V | undefined {
    return this.#values.get(key);
  }

  set(key: string, value: V): void {
    if (!this.#values.has(key)) this.#insert(key);
    this.#values.set(key, value);
  }

  delete(key: string): boolean {
    if (!this.#values.delete(key)) return false;
    const { block, index } = this.#find((other) => compareBytes(other, key) < 0);
    const keys = this.#blocks[block]!;
    keys.splice(index, 1);
    if (keys.length === 0) this.#blocks.splice(block, 1);
    return true;
  }

  /**
   * Walks the keys in order, from the first one that `isBefore` does not hold for; it must hold for
   * none, all, or a first run of the keys. The map must not change during the walk.
   */
  *from(
    isBefore: (key: string) => boolean,
  ): Generator<readonly [key: string, value: V], undefined> {
    let { block, index } = this.#find(isBefore);
    for (; block < this.#blocks.length; block++, index = 0) {
      const keys = this.#blocks[block]!;
      for (; index < keys.length; index++) {
        const key = keys[index]!;
        yield [key, this.#values.get(key)!];
      }
    }
  }

  #insert(key: string): void {
    let { block, index } = this.#find((other) => compareBytes(other, key) < 0);
    if (block === this.#blocks.length) {
      if (block === 0) {
        this.#blocks.push([key]);
        return;
      }
      // Behind all others: into the last block.
      block -= 1;
      index = this.#blocks[block]!.length;
    }
    const keys = this.#blocks[block]!;
    keys.splice(index, 0, key);
    if (keys.length > maxBlockKeys) {
      // Keys that come in order fill the last block only, so that one is cut near its end and stays
      // full.
      const isLast = block === this.#blocks.length - 1 && index === keys.length - 1;
      const cut = isLast ? maxBlockKeys : maxBlockKeys / 2;
      this.#blocks.splice(block + 1, 0, keys.splice(cut));
    }
  }

  #find(isBefore: (key: string) => boolean): { block: number; index: number } {
    const block = firstIndex(this.#blocks, (keys) => !isBefore(keys.at(-1)!));
    const index = firstIndex(this.#blocks[block] ?? [], (key) => !isBefore(key));
    return { block, index };
  }
}

/**
 * The index of the first item that `holds` is true for, where it is false for a first run of them
 * only.
 */
function firstIndex<T>(items: readonly T[], holds: (item: T) => boolean): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(items[middle]!)) high = middle;
    else low = middle + 1;
  }
  return low;
}
