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

/** The folder that a range is in while it lists. */
export class CurrentFolder {
  readonly #sizes: FolderSizes;
  #path: Uint8Array | undefined;
  /** How many keys the range had listed before the folder; undefined when it began in the middle of it. */
  #beganAt: number | undefined;

  constructor(sizes: FolderSizes) {
    this.#sizes = sizes;
  }

  /** Goes on to a key, the `at`-th that the range lists. */
  goTo(key: Uint8Array, at: number): void {
    const length = folderLength(key);
    const path = this.#path;
    if (path !== undefined && path.length === length && startsWith(key, path)) return;
    if (this.#beganAt !== undefined) this.#sizes.note(depthOf(path!), at - this.#beganAt);
    this.#path = Uint8Array.from(key.subarray(0, length));
    this.#beganAt = path === undefined ? undefined : at;
  }

  /**
   * How many bytes of a key are the path of its folder, and how many keys that has left if it is a typical one; undefined when it is
   * none: it has had more already, or nothing is known.
   */
  typicalRest(listed: number): { readonly depth: number; readonly keys: number } | undefined {
    if (this.#path === undefined) return undefined;
    const typical = this.#sizes.typicalKeys(depthOf(this.#path));
    if (typical === undefined) return undefined;
    const rest = typical - (listed - (this.#beganAt ?? 0));
    return rest > 0 ? { depth: this.#path.length, keys: rest } : undefined;
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
