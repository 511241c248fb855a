import { type FolderNames, slash } from "./folder-names.ts";

/** The folders whose names are known, by their paths in Latin-1 (one character a byte); undefined for one with too many names. */
export type KnownFolders = ReadonlyMap<string, FolderNames | undefined>;

/** The deepest folder and the farthest byte of a name that are told apart: bounds on what the model can grow to. */
export const maxDepth = 9;
export const maxOffset = 63;

/** A place in a key between two bytes: all that the model looks at to foresee the next one. */
export class Place {
  /** How many folders are above. */
  depth = 0;
  /** Bytes of the name so far. */
  offset = 0;
  /** The byte before; 0 at the beginning. */
  before = 0;
  /** Bytes that the character at hand still wants. */
  wanted = 0;
  /** What is known of how the name goes on, where its folder was looked into. */
  names: FolderNames | undefined;
  readonly #folders: KnownFolders;

  constructor(folders: KnownFolders) {
    this.#folders = folders;
    this.names = folders.get("");
  }

  /** The place behind the first `length` bytes of a key. */
  static in(key: Uint8Array, length: number, folders: KnownFolders): Place {
    const place = new Place(folders);
    for (let at = 0; at < length; at++) place.step(key, at);
    return place;
  }

  /** Goes on over the byte at `at`; the bytes before it are those stepped over so far. */
  step(key: Uint8Array, at: number): void {
    const byte = key[at]!;
    if (byte === slash) {
      this.depth = Math.min(this.depth + 1, maxDepth);
      this.offset = 0;
      if (this.#folders.size > 0) this.names = this.#folders.get(pathOf(key, at + 1));
    } else {
      this.offset = Math.min(this.offset + 1, maxOffset);
      this.names = this.names?.after(byte);
    }
    this.before = byte;
    this.wanted = bytesWantedAfter(byte, this.wanted);
  }

  copy(): Place {
    const copy = new Place(this.#folders);
    const { depth, offset, before, wanted, names } = this;
    return Object.assign(copy, { depth, offset, before, wanted, names });
  }
}

/** The first bytes of a key as what folders are known by. */
export function pathOf(key: Uint8Array, length = key.length): string {
  return Buffer.from(key.buffer, key.byteOffset, length).toString("latin1");
}

function bytesWantedAfter(byte: number, wanted: number): number {
  if (byte >= 0xf0) return 3;
  if (byte >= 0xe0) return 2;
  if (byte >= 0xc0) return 1;
  return byte >= 0x80 ? Math.max(0, wanted - 1) : 0;
}
