import { randomUUID } from "node:crypto";
import { closeSync, openSync, readSync, unlinkSync, writeSync } from "node:fs";
import { join } from "node:path";

/** Pages are kept in blocks of so many bytes, so that the room of one that was taken fits any other: most need one. */
const defaultBlockBytes = 128 * 1024;

/** Bytes in a spill file. */
export interface Spilled {
  readonly blocks: readonly number[];
  readonly length: number;
}

/**
 * A temporary file for what has to wait and does not fit into memory. It has no name, so it is gone with the process however that
 * ends, and grows to no more than what was in it at a time.
 *
 * It is written and read synchronously: that takes some ten microseconds a page while the system keeps the file in memory, and where
 * the disk is so slow that the system holds back who writes, all that brings more is to be held back too.
 */
export class SpillFile {
  readonly #directory: string;
  readonly #blockBytes: number;
  readonly #free: number[] = [];
  #blocks = 0;
  #file: number | undefined;
  #failure: Error | undefined;
  #isClosed = false;

  /** Nothing is made in the directory before something is written. */
  constructor(directory: string, blockBytes = defaultBlockBytes) {
    this.#directory = directory;
    this.#blockBytes = blockBytes;
  }

  /** Why nothing can be written, once something could not be: the directory is not there, or the disk is full. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** The most bytes that were in it at a time, in whole blocks. */
  get size(): number {
    return this.#blocks * this.#blockBytes;
  }

  /** Writes bytes; undefined when they cannot be written, and then nothing can any more. */
  write(bytes: Uint8Array): Spilled | undefined {
    if (this.#failure !== undefined || this.#isClosed) return undefined;
    const blocks: number[] = [];
    try {
      this.#file ??= openUnnamed(this.#directory);
      for (let at = 0; at < bytes.length; at += this.#blockBytes) {
        const block = this.#free.pop() ?? this.#blocks++;
        blocks.push(block);
        this.#writeAll(bytes.subarray(at, at + this.#blockBytes), block * this.#blockBytes);
      }
      return { blocks, length: bytes.length };
    } catch (error) {
      if (!(error instanceof Error && "syscall" in error)) throw error;
      this.#free.push(...blocks);
      this.#failure = error;
      return undefined;
    }
  }

  /** Reads back what was written, and gives its room to what is written next. */
  take({ blocks, length }: Spilled): Buffer<ArrayBuffer> {
    if (this.#file === undefined) throw new Error("a spill file is read that is closed");
    const bytes = Buffer.allocUnsafeSlow(length);
    for (const [index, block] of blocks.entries()) {
      const from = index * this.#blockBytes;
      const to = Math.min(length, from + this.#blockBytes);
      for (let at = from; at < to;) {
        const position = block * this.#blockBytes + at - from;
        const read = readSync(this.#file, bytes, at, to - at, position);
        if (read === 0) throw new Error("a spill file is shorter than what was written to it");
        at += read;
      }
    }
    this.#free.push(...blocks);
    return bytes;
  }

  /** Gives back all that is in it. */
  close(): void {
    this.#isClosed = true;
    if (this.#file === undefined) return;
    closeSync(this.#file);
    this.#file = undefined;
  }

  #writeAll(bytes: Uint8Array, position: number): void {
    for (let at = 0; at < bytes.length;) {
      at += writeSync(this.#file!, bytes, at, bytes.length - at, position + at);
    }
  }
}

/** Opens a file that only this process can read, and takes its name away. */
function openUnnamed(directory: string): number {
  const path = join(directory, `campanile-${randomUUID()}`);
  const file = openSync(path, "wx+", 0o600);
  unlinkSync(path);
  return file;
}
