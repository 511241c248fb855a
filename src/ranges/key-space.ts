import { byteAtPoint } from "./byte-counts.ts";
import { ByteModel } from "./byte-model.ts";
import { commonLength } from "./common-length.ts";
import { FolderNames, slash } from "./folder-names.ts";
import { FolderSizes } from "./folder-sizes.ts";
import { pathOf, Place } from "./place.ts";
import { validKey } from "./valid-key.ts";

/**
 * Sibling subtrees of the tree of all keys, next to each other: the keys that begin with the first `depth` bytes of `path` and go on
 * with a byte in one part of what is likely there.
 */
export interface Run {
  readonly path: Uint8Array;
  readonly depth: number;
  /** How many bytes of the lower end of the keys in question are above it in the tree. */
  readonly level: number;
  /** The part, 0 to 1, of what is likely to come next. */
  readonly from: number;
  readonly to: number;
  /** The binary logarithm of the share of all keys that is thought to be in it. */
  readonly mass: number;
}

/** Byte chances below this are those of a name that the model could not have guessed. */
const surprising = 1 / 200;

/** Levels whose share of all keys is less than 2 to the minus this are left out: a number would not hold more. */
const leastMass = 900;

/** The longest that a split point goes on behind the path of its run, in bytes. */
const maxNewBytes = 24;

/** Which names of a folder with too many names are learned from. */
const sampleEvery = 16;

/** The most folders whose names are kept: at a thousand names of a hundred bytes each 100 MB would be too many. */
const maxFolders = 500;

/**
 * What the keys seen so far tell about the keys not seen yet: how many lie between two keys, and which key lies so and so far between
 * them. Nothing here can make a listing wrong; a bad guess costs a request or time.
 */
export class KeySpace {
  readonly #model = new ByteModel();
  readonly #folders = new Map<string, FolderNames | undefined>();
  readonly #maxKeyBytes: number;
  readonly folderSizes = new FolderSizes();

  /** @param maxKeyBytes The longest key to make: S3's 1024 without the prefix of the listing. */
  constructor(maxKeyBytes = 1024) {
    this.#maxKeyBytes = maxKeyBytes;
  }

  /** How many keys were learned from. */
  get keysLearned(): number {
    return this.#model.keysLearned;
  }

  /**
   * Learns from some keys of one page, in order. Only what follows the first difference from the key before counts: the bytes above
   * are the same because the page is sorted, and tell nothing about other pages.
   */
  learn(keys: readonly Uint8Array[]): void {
    for (let i = 1; i < keys.length; i++) {
      this.#model.learn(keys[i]!, commonLength(keys[i - 1]!, keys[i]!), this.#folders);
    }
  }

  /**
   * Learns from the first key that came behind a split point. What it has beyond that point is new too, but leans to low bytes, for it
   * is the first in its folder: a byte that is about the lowest to expect tells nothing.
   */
  learnLanding(splitPoint: Uint8Array, key: Uint8Array): void {
    const fresh = Math.min(commonLength(splitPoint, key) + 1, key.length);
    const place = Place.in(key, fresh, this.#folders);
    for (let at = fresh; at < key.length; at++) {
      const byte = key[at]!;
      if (this.#model.tableAt(place)[byte]! > 0.1) this.#model.count(place, byte);
      place.step(key, at);
    }
  }

  /** Learns the names in a folder, without the path of it: all of them, or if they are `truncated` only examples. */
  learnFolder(folder: Uint8Array, names: readonly Uint8Array[], truncated: boolean): void {
    if (truncated) {
      const examples = names.filter((_, i) => i % sampleEvery === 0);
      this.learn(examples.map((name) => Buffer.concat([folder, name])));
    }
    this.#folders.set(pathOf(folder), truncated ? undefined : new FolderNames(names));
  }

  /** Whether it is worth a request to look into a folder: it was not yet, and there is room for its names. */
  isWorthAsking(folder: Uint8Array): boolean {
    return this.#folders.size < maxFolders && !this.#folders.has(pathOf(folder));
  }

  /** Whether all names in a folder are known. */
  hasNames(folder: Uint8Array): boolean {
    return this.#folders.get(pathOf(folder)) !== undefined;
  }

  /** The binary logarithm of the share of all keys that lies in (low, high]. */
  width(low: Uint8Array, high: Uint8Array): number {
    const runs = this.runs(low, high);
    let most = Number.NEGATIVE_INFINITY;
    for (const { mass } of runs) most = Math.max(most, mass);
    let sum = 0;
    for (const { mass } of runs) sum += 2 ** (mass - most);
    return most + Math.log2(sum);
  }

  /**
   * The keys of (low, high] as runs, in key order: right of low's path from its end up, between the two where they part, left of
   * high's path down to its end. Without `high`, to the end of all keys.
   */
  runs(low: Uint8Array, high: Uint8Array | undefined): Run[] {
    const fork = high === undefined ? 0 : commonLength(low, high);
    const place = new Place(this.#folders);
    let mass = 0;
    for (let at = 0; at < fork; at++) {
      mass += this.#step(place, low, at).mass;
      place.step(low, at);
    }
    const rightOfLow = this.#rightOf(low, fork, high?.[fork], mass, place.copy());
    if (high === undefined) return rightOfLow;
    return [...rightOfLow, ...this.#leftOf(high, fork, mass, place)];
  }

  /** A short key about this far, 0 to 1, into a run. It may lie outside of the run where no valid key is in it. */
  keyIn({ path, depth, from, to }: Run, share: number): Buffer {
    const bytes = [...path.subarray(0, depth)];
    const place = Place.in(path, depth, this.#folders);
    const enough = (to - from) / 32;
    let point = from + (to - from) * share;
    let width = 1;
    for (let i = 0; i < maxNewBytes && (i === 0 || width > enough); i++) {
      const table = this.#model.tableAt(place);
      const byte = byteAtPoint(table, point);
      const chance = table[byte + 1]! - table[byte]!;
      if (!(chance > 0)) break;
      bytes.push(byte);
      point = Math.min(Math.max((point - table[byte]!) / chance, 0), 1 - 1e-12);
      width *= chance;
      place.step(Uint8Array.from(bytes), bytes.length - 1);
    }
    return validKey(bytes, this.#maxKeyBytes);
  }

  /** The runs right of a key's path, from its end up to the fork, where they end at the other key's byte. */
  #rightOf(
    low: Uint8Array,
    fork: number,
    upTo: number | undefined,
    massAtFork: number,
    place: Place,
  ): Run[] {
    const runs: Run[] = [];
    let mass = massAtFork;
    const endIn = (at: number, table: Float64Array): number =>
      at === fork && upTo !== undefined ? table[upTo]! : 1;
    let at = fork;
    for (; at < low.length && mass > massAtFork - leastMass; at++) {
      const { mass: step, table, beside } = this.#step(place, low, at);
      const to = endIn(at, table);
      const from = Math.min(table[low[at]! + 1]!, to);
      if (to > from) {
        const share = mass + Math.log2(to - from) + beside;
        runs.push({ path: low, depth: at, level: at, from, to, mass: share });
      }
      mass += step;
      place.step(low, at);
    }
    if (at === low.length) {
      const to = endIn(at, this.#model.tableAt(place));
      const share = mass + Math.log2(to);
      if (to > 0) runs.push({ path: low, depth: at, level: at, from: 0, to, mass: share });
    }
    return runs.toReversed();
  }

  /** The runs left of a key's path, from behind the fork down to its end. */
  #leftOf(high: Uint8Array, fork: number, massAtFork: number, place: Place): Run[] {
    const runs: Run[] = [];
    let mass = massAtFork;
    for (let at = fork; at < high.length && mass > massAtFork - leastMass; at++) {
      const { mass: step, table, beside } = this.#step(place, high, at);
      const to = table[high[at]!]!;
      if (at > fork && to > 0) {
        const share = mass + Math.log2(to) + beside;
        runs.push({ path: high, depth: at, level: fork, from: 0, to, mass: share });
      }
      mass += step;
      place.step(high, at);
    }
    return runs;
  }

  /**
   * What the byte of a known key takes of the keys at its place, and what is left beside it. A byte that is there though the model
   * would never guess it, as those of a name seen once, gets an even chance: so a long name costs one halving a byte, and its
   * siblings keep the other half.
   */
  #step(
    place: Place,
    key: Uint8Array,
    at: number,
  ): { readonly mass: number; readonly table: Float64Array; readonly beside: number } {
    const table = this.#model.tableAt(place);
    const byte = key[at]!;
    const chance = table[byte + 1]! - table[byte]!;
    if (chance >= surprising) return { mass: Math.log2(chance), table, beside: 0 };
    return { mass: -1, table, beside: -1 - Math.log2(1 - chance) };
  }
}

/** The folder that a run's keys lie in: the path up to its last `/`. */
export function folderOf({ path, depth }: Run): Uint8Array {
  return path.subarray(0, depth > 0 ? path.lastIndexOf(slash, depth - 1) + 1 : 0);
}
