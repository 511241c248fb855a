/** The size of a slab in bytes. Half of it takes a sixth more CPU a byte, for the system's calls; twice of it saves nothing more. */
export const slabBytes = 512 * 1024;

/** Slabs kept for the next body, at most: 16 MiB. */
const maxFree = 32;

/**
 * A piece of memory that a socket reads into and whose bytes are lent out as chunks, so that a body goes from one socket to
 * another without being copied, and without a new buffer for each read.
 */
export class Slab {
  readonly bytes = Buffer.allocUnsafeSlow(slabBytes);
  /** How far it is filled, and how far lent; in bytes. */
  filled = 0;
  lentUpTo = 0;

  readonly #free: Slab[];
  #chunksOut = 0;
  #isSealed = false;

  constructor(free: Slab[]) {
    this.#free = free;
  }

  /** What is filled and was not lent. It is the reader's for good, or until `giveBack`. */
  lend(): Buffer {
    const chunk = this.bytes.subarray(this.lentUpTo, this.filled);
    this.lentUpTo = this.filled;
    this.#chunksOut++;
    lent.set(chunk, this);
    return chunk;
  }

  /** Nothing more will be filled or lent. */
  seal(): void {
    this.#isSealed = true;
    this.#recycle();
  }

  takeBack(): void {
    this.#chunksOut--;
    this.#recycle();
  }

  #recycle(): void {
    if (!this.#isSealed || this.#chunksOut > 0 || this.#free.length >= maxFree) return;
    this.filled = 0;
    this.lentUpTo = 0;
    this.#isSealed = false;
    this.#free.push(this);
  }
}

/** Slabs to fill. One whose chunks do not all come back is left to the garbage collector. */
export class Slabs {
  readonly #free: Slab[] = [];

  take(): Slab {
    return this.#free.pop() ?? new Slab(this.#free);
  }
}

/** Chunks that are lent out, by themselves and not by their memory: a part of one gives nothing back, nor does one given back twice. */
const lent = new WeakMap<Uint8Array, Slab>();

/** Nobody reads this chunk any more. Does nothing for bytes that are of no slab. */
export function giveBack(chunk: Uint8Array): void {
  const slab = lent.get(chunk);
  if (slab === undefined) return;
  lent.delete(chunk);
  slab.takeBack();
}
