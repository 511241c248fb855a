import { ByteCounts, type ByteTable, tableOf } from "./byte-counts.ts";
import { type KnownFolders, maxDepth, maxOffset, Place } from "./place.ts";

/**
 * The most contexts that are told apart by their exact byte before. One takes 3 KB, so the model stays below 30 MB whatever the keys;
 * structured keys need some hundreds.
 */
const maxNarrowContexts = 8000;

/** The tables are made again when so many times as many keys were learned: the chances move little before. */
const refreshedAt = 1.2;

/**
 * Foresees the next byte of a key from the kind of byte before it, the folder depth, the place in the name, and the exact byte before.
 * Each of these contexts falls back on the wider one before it, and the widest on printable ASCII.
 */
export class ByteModel {
  readonly #everywhere = [new ByteCounts(), new ByteCounts()] as const;
  readonly #contexts = new Map<number, ByteCounts>();
  #narrowContexts = 0;
  #keysLearned = 0;
  #version = 0;

  /** How many keys were learned from. */
  get keysLearned(): number {
    return this.#keysLearned;
  }

  /** Learns what a key has from the byte at `fresh` on. */
  learn(key: Uint8Array, fresh: number, folders: KnownFolders): void {
    const place = Place.in(key, fresh, folders);
    for (let at = fresh; at < key.length; at++) {
      this.count(place, key[at]!);
      place.step(key, at);
    }
    this.#keysLearned++;
    if (this.#keysLearned > this.#version * refreshedAt) this.#version = this.#keysLearned;
  }

  /**
   * Learns that this byte came at this place. A wider context learns of it only while it is news to the narrower ones: so a million
   * names that all begin alike in one folder make nobody believe that all names in other folders do (as Kneser and Ney have it).
   */
  count(place: Place, byte: number): void {
    const inCharacter = place.wanted > 0 ? 1 : 0;
    for (let level = narrowest; level >= 0; level--) {
      const context = this.#made(contextId(place, level));
      if (context?.count(byte) === "known") return;
    }
    this.#everywhere[inCharacter].count(byte);
  }

  /** The chances of the next byte. What is known of a folder's names stands above what was learned. */
  tableAt(place: Place): ByteTable {
    const known = place.names?.table;
    if (known !== undefined) return known;
    const inCharacter = place.wanted > 0 ? 1 : 0;
    let table = this.#everywhere[inCharacter].over(unlearned[inCharacter], this.#version);
    for (let level = 0; level <= narrowest; level++) {
      const context = this.#contexts.get(contextId(place, level));
      if (context !== undefined) table = context.over(table, this.#version);
    }
    return table;
  }

  #made(id: number): ByteCounts | undefined {
    let context = this.#contexts.get(id);
    if (context !== undefined) return context;
    if (id >= firstNarrowId && ++this.#narrowContexts > maxNarrowContexts) return undefined;
    context = new ByteCounts();
    this.#contexts.set(id, context);
    return context;
  }
}

/** What is thought before anything was seen: printable ASCII, rarely more; and inside a character, any byte that goes on with it. */
const unlearned = [
  tableOf((byte) => {
    if (byte < 0x20 || byte === 0x7f) return 0;
    if (byte < 0x30) return 0.5;
    if (byte < 0x7f) return 1;
    return byte >= 0xc3 && byte < 0xf5 ? 0.1 : 0;
  }),
  tableOf((byte) => (byte >= 0x80 && byte < 0xc0 ? 1 : 0)),
] as const;

const kinds = 512;
const firstDepthId = kinds;
const firstOffsetId = firstDepthId + (maxDepth + 1) * kinds;
const firstNarrowId = firstOffsetId + (maxDepth + 1) * (maxOffset + 1) * 2;

/** The level of the narrowest context of a place; that of the widest is 0. */
const narrowest = 3;

/** The context of a place at a level, as a number. */
function contextId({ depth, offset, before, wanted }: Place, level: number): number {
  const inCharacter = wanted > 0 ? 1 : 0;
  const spot = depth * (maxOffset + 1) + offset;
  if (level === narrowest) return firstNarrowId + spot * 256 + before;
  if (level === 2) return firstOffsetId + spot * 2 + inCharacter;
  const kind = kindOf(before) * 2 + inCharacter;
  return level === 1 ? firstDepthId + depth * kinds + kind : kind;
}

/** Digits are followed by digits, and letters by letters, wherever they stand; other bytes speak for themselves. */
function kindOf(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return 1;
  if (byte >= 0x61 && byte <= 0x7a) return 2;
  if (byte >= 0x41 && byte <= 0x5a) return 3;
  return byte;
}
