import { SpillFile, type Spilled } from "./spill-file.ts";

/** A page that can wait in a file. */
export interface Spillable {
  /** How much memory it takes now, about. */
  readonly byteLength: number;
  /** Gives its bytes to `write`, and its memory back; where that could not write them it stays as it is. */
  putAway(write: (bytes: Uint8Array) => Spilled | undefined): void;
  /** Gets its bytes back, if they were put away. */
  bringBack(take: (spilled: Spilled) => Buffer<ArrayBuffer>): void;
}

/** How much waits in memory: some eighty pages of a listing, enough for what comes a little out of order. */
const defaultMemoryBytes = 8 * 2 ** 20;

/** Where pages wait; the number is as above unless told otherwise. */
export interface WaitingPagesOptions {
  /** For the file, which is made when it is first needed and has no name. */
  readonly directory: string;
  readonly memoryBytes?: number | undefined;
}

/**
 * Pages that wait for their turn: in memory up to some bytes, then in a file. Listings side by side share one. To be closed at the
 * end.
 */
export class WaitingPages {
  readonly #file: SpillFile;
  readonly #memoryBytes: number;
  /** What each page in memory was counted for. */
  readonly #inMemory = new Map<Spillable, number>();
  #bytes = 0;

  constructor({ directory, memoryBytes = defaultMemoryBytes }: WaitingPagesOptions) {
    this.#file = new SpillFile(directory);
    this.#memoryBytes = memoryBytes;
  }

  /** Whether pages beyond those in memory have a place. */
  get hasRoom(): boolean {
    return this.#file.failure === undefined;
  }

  /** Takes a page that has to wait. Where the file cannot be written the page stays in memory. */
  keep(page: Spillable): void {
    const bytes = page.byteLength;
    if (this.#bytes + bytes > this.#memoryBytes) page.putAway((lines) => this.#file.write(lines));
    const left = page.byteLength;
    this.#inMemory.set(page, left);
    this.#bytes += left;
  }

  /** Gives a page as it came. */
  take(page: Spillable): void {
    this.#bytes -= this.#inMemory.get(page) ?? 0;
    this.#inMemory.delete(page);
    page.bringBack((spilled) => this.#file.take(spilled));
  }

  close(): void {
    this.#inMemory.clear();
    this.#file.close();
  }
}
