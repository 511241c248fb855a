/** How bytes go from one bucket to another. */
export type FoundWay = "server" | "stream";

const unknown = 0;
const asking = 1;
const ways: readonly (FoundWay | undefined)[] = [undefined, undefined, "server", "stream"];

/** What is known of the way, in memory that threads share: one of them asks, the others wait and go by what it finds. */
export class SharedWay {
  readonly #state: Int32Array<SharedArrayBuffer>;

  /** @param memory As `memoryOfWay` makes it, the same in all threads. */
  constructor(memory: SharedArrayBuffer) {
    this.#state = new Int32Array(memory);
  }

  /** What is known by now; undefined as long as nothing is. */
  get found(): FoundWay | undefined {
    return ways[Atomics.load(this.#state, 0)];
  }

  /** Settles it, unless it is. */
  settle(way: FoundWay): void {
    const state = ways.indexOf(way);
    Atomics.compareExchange(this.#state, 0, unknown, state);
    this.#end(state);
  }

  /** Whether the caller is the one to ask; then it settles the way, or gives up. */
  claim(): boolean {
    return Atomics.compareExchange(this.#state, 0, unknown, asking) === unknown;
  }

  /** Lets another ask, where nothing was found. */
  giveUp(): void {
    this.#end(unknown);
  }

  /** Waits as long as somebody asks. */
  async change(): Promise<void> {
    await Atomics.waitAsync(this.#state, 0, asking).value;
  }

  #end(state: number): void {
    Atomics.compareExchange(this.#state, 0, asking, state);
    Atomics.notify(this.#state, 0);
  }
}

/** Makes the memory of a way of which nothing is known. */
export function memoryOfWay(): SharedArrayBuffer {
  return new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
}
