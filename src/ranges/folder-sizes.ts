import { slash } from "./folder-names.ts";

/** So many folders at a depth must have been listed whole before their size is believed to be typical. */
const leastFolders = 4;

/**
 * How many keys are in a folder, by its depth, as far as folders were listed from their first key to their last by one range: the
 * typical ones, for a large folder is split. Names that look as if there must be far more (a counter that begins in each folder where
 * it ended in the one before) are the same in every folder, and only this tells.
 */
export class FolderSizes {
  readonly #byDepth: { folders: number; keys: number }[] = [];

  /** Notes a folder that was listed whole. */
  note(depth: number, keys: number): void {
    const sizes = (this.#byDepth[depth] ??= { folders: 0, keys: 0 });
    sizes.folders++;
    sizes.keys += keys;
  }

  /** The mean of the keys in folders at a depth; undefined when too few are known. */
  typicalKeys(depth: number): number | undefined {
    const sizes = this.#byDepth[depth];
    return sizes === undefined || sizes.folders < leastFolders
      ? undefined
      : sizes.keys / sizes.folders;
  }
}

/** A folder, as far as it is listed; ranges may share it. */
interface Folder {
  readonly path: Uint8Array;
  /** Whether its first key was seen. */
  readonly isWhole: boolean;
  /** Keys listed by ranges that have left it. */
  keys: number;
  /** How many ranges are in it. */
  ranges: number;
}

/** The folder that a range is in while it lists. */
export class CurrentFolder {
  readonly #sizes: FolderSizes;
  #folder: Folder | undefined;
  /** How many keys the range had listed before the folder. */
  #since = 0;

  constructor(sizes: FolderSizes) {
    this.#sizes = sizes;
  }

  /** Goes on to a key, the `at`-th that the range lists. */
  goTo(key: Uint8Array, at: number): void {
    const length = folderLength(key);
    const folder = this.#folder;
    if (folder !== undefined && folder.path.length === length && startsWith(key, folder.path)) {
      return;
    }
    this.leave(at);
    const path = Uint8Array.from(key.subarray(0, length));
    this.#folder = { path, isWhole: folder !== undefined, keys: 0, ranges: 1 };
    this.#since = at;
  }

  /** Leaves the folder, when the range has listed so many keys. */
  leave(at: number): void {
    const folder = this.#folder;
    if (folder === undefined) return;
    this.#folder = undefined;
    folder.keys += at - this.#since;
    folder.ranges--;
    if (folder.ranges === 0 && folder.isWhole) this.#sizes.note(depthOf(folder.path), folder.keys);
  }

  /** Where a range is that is split off at a key. */
  splitAt(key: Uint8Array): CurrentFolder {
    const split = new CurrentFolder(this.#sizes);
    const folder = this.#folder;
    if (folder === undefined) return split;
    if (folder.path.length === folderLength(key) && startsWith(key, folder.path)) {
      split.#folder = folder;
      folder.ranges++;
    }
    return split;
  }

  /**
   * How many bytes of a key are the path of its folder, and how many keys that has left if it is a typical one; undefined when it is
   * none: it has had more already, or nothing is known.
   */
  typicalRest(listed: number): { readonly depth: number; readonly keys: number } | undefined {
    const folder = this.#folder;
    if (folder === undefined) return undefined;
    const typical = this.#sizes.typicalKeys(depthOf(folder.path));
    if (typical === undefined) return undefined;
    const rest = typical - folder.keys - (listed - this.#since);
    return rest > 0 ? { depth: folder.path.length, keys: rest } : undefined;
  }
}

function folderLength(key: Uint8Array): number {
  return key.lastIndexOf(slash) + 1;
}

function depthOf(path: Uint8Array): number {
  let depth = 0;
  for (const byte of path) if (byte === slash) depth++;
  return depth;
}

function startsWith(key: Uint8Array, path: Uint8Array): boolean {
  for (let i = path.length - 1; i >= 0; i--) if (key[i] !== path[i]) return false;
  return true;
}
