import { giveBack, type Slab, slabBytes, type Slabs } from "./slabs.ts";

/** Bytes of a body that have arrived and were not taken. */
export interface HeldBytes {
  /** How many there are. */
  readonly size: number;
  /** Whether there are so many that the connection should wait. */
  readonly isFull: boolean;
  /** Memory for a socket to read more into, at most `left` bytes; undefined where they must be given to `add`. */
  target(left: number): Buffer | undefined;
  /** Takes in bytes: nothing is copied when they were read into the last target. */
  add(buffer: Buffer, from: number, to: number): void;
  /** The next bytes in one piece, which belong to the caller; undefined when there are none. */
  take(): Buffer | undefined;
  /** No more will come. */
  end(): void;
}

/** A body that nobody reads is held up to here, in bytes, if it is not one whose memory is there already. */
const maxHeldBytes = slabBytes;

/** Holds a body in one buffer of its length, which the socket reads into. */
export class OneBuffer implements HeldBytes {
  readonly isFull = false;
  readonly #bytes: Buffer;
  #filled = 0;
  #taken = 0;
  #target: Buffer | undefined;

  constructor(length: number) {
    this.#bytes = Buffer.allocUnsafe(length);
  }

  get size(): number {
    return this.#filled - this.#taken;
  }

  target(): Buffer | undefined {
    this.#target = this.#bytes.subarray(this.#filled);
    return this.#target;
  }

  add(buffer: Buffer, from: number, to: number): void {
    if (buffer !== this.#target) buffer.copy(this.#bytes, this.#filled, from, to);
    this.#filled += to - from;
  }

  take(): Buffer | undefined {
    if (this.#taken === this.#filled) return undefined;
    const taken = this.#taken;
    this.#taken = this.#filled;
    if (taken === 0 && this.#filled === this.#bytes.length) return this.#bytes;
    return this.#bytes.subarray(taken, this.#filled);
  }

  end(): void {}
}

/** Holds a long body in slabs, which the socket reads into and which are lent to the reader. */
export class SlabChain implements HeldBytes {
  readonly #slabs: Slabs;
  /** Chunks of slabs that are full. */
  readonly #full: Buffer[] = [];
  #slab: Slab | undefined;
  #target: Buffer | undefined;
  size = 0;

  constructor(slabs: Slabs) {
    this.#slabs = slabs;
  }

  get isFull(): boolean {
    return this.size >= maxHeldBytes;
  }

  target(left: number): Buffer {
    const slab = (this.#slab ??= this.#slabs.take());
    this.#target = slab.bytes.subarray(slab.filled, slab.filled + left);
    return this.#target;
  }

  add(buffer: Buffer, from: number, to: number): void {
    this.size += to - from;
    if (buffer === this.#target) {
      this.#fill(this.#slab!, to - from);
      return;
    }
    for (let at = from; at < to;) {
      const slab = (this.#slab ??= this.#slabs.take());
      const copied = buffer.copy(slab.bytes, slab.filled, at, to);
      this.#fill(slab, copied);
      at += copied;
    }
  }

  take(): Buffer | undefined {
    let chunk = this.#full.shift();
    const slab = this.#slab;
    if (chunk === undefined && slab !== undefined && slab.filled > slab.lentUpTo) {
      chunk = slab.lend();
    }
    if (chunk !== undefined) this.size -= chunk.length;
    return chunk;
  }

  end(): void {
    const slab = this.#slab;
    this.#slab = undefined;
    if (slab !== undefined) this.#seal(slab);
  }

  #fill(slab: Slab, count: number): void {
    slab.filled += count;
    if (slab.filled < slabBytes) return;
    this.#slab = undefined;
    this.#seal(slab);
  }

  #seal(slab: Slab): void {
    if (slab.filled > slab.lentUpTo) this.#full.push(slab.lend());
    slab.seal();
  }
}

/**
 * How long bodies without a length are likely to be, in bytes. Those that are long at all are pages of lists, and alike: to begin
 * with as much memory as the one before needed saves to grow by doubling, which takes three times the memory of the page.
 */
export class LikelyLength {
  #bytes = 0;

  /** What to begin with, once so many bytes are here. */
  of(first: number): number {
    return first < longBytes ? first : Math.max(first, this.#bytes);
  }

  /** Learns from a body. */
  note(length: number): void {
    if (length < longBytes) return;
    // A little more, since pages differ; and down again slowly, when shorter ones come.
    this.#bytes = Math.min(maxLikelyBytes, Math.max(length * 1.05, this.#bytes * 0.98));
  }
}

/** A body whose first piece is shorter is taken for a short one. */
const longBytes = 2048;

/** A page of a list has some 350 KB, and up to 4 MB; no guess may cost more than this. */
const maxLikelyBytes = 1024 * 1024;

/** Holds a body whose length nobody knows, and whose bytes lie between the lines of its chunks. */
export class GrowingBuffer implements HeldBytes {
  readonly #likely: LikelyLength;
  #bytes: Buffer | undefined;
  #received = 0;
  size = 0;

  constructor(likely: LikelyLength) {
    this.#likely = likely;
  }

  get isFull(): boolean {
    return this.size >= maxHeldBytes;
  }

  target(): undefined {
    return undefined;
  }

  add(buffer: Buffer, from: number, to: number): void {
    const size = this.size + to - from;
    if (this.#bytes === undefined) {
      this.#bytes = Buffer.allocUnsafe(Math.max(minGrowingBytes, this.#likely.of(size)));
    }
    if (this.#bytes.length < size) {
      // Twice what is there, so that a body is copied about once more, however small the chunks it comes in.
      const bytes = Buffer.allocUnsafe(2 * size);
      this.#bytes.copy(bytes, 0, 0, this.size);
      this.#bytes = bytes;
    }
    buffer.copy(this.#bytes, this.size, from, to);
    this.size = size;
    this.#received += to - from;
  }

  take(): Buffer | undefined {
    const bytes = this.#bytes?.subarray(0, this.size);
    this.#bytes = undefined;
    this.size = 0;
    return bytes;
  }

  end(): void {
    this.#likely.note(this.#received);
  }
}

const minGrowingBytes = 512;

/** Holds all of a body in one buffer of its length, which takes over what others hold. */
export function inOneBuffer(length: number, held: HeldBytes): OneBuffer {
  const one = new OneBuffer(length);
  for (let chunk = held.take(); chunk !== undefined; chunk = held.take()) {
    one.add(chunk, 0, chunk.length);
    giveBack(chunk);
  }
  return one;
}
