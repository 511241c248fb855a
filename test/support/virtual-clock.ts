import type { Clock } from "../../src/s3/clock.ts";

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

/** A clock whose time passes only when a test lets it: hours in no time, and always the same. */
export class VirtualClock implements Clock {
  #now: number;
  #sleepers: Sleeper[] = [];
  /** How long each sleep so far was asked to be, in milliseconds. */
  readonly slept: number[] = [];

  constructor(now = Date.UTC(2026, 0, 1)) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    this.slept.push(ms);
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason);
        return;
      }
      const sleeper = { at: this.#now + ms, wake: resolve };
      // Kept in order; the later of two with the same time goes behind.
      const place = this.#sleepers.findIndex(({ at }) => at > sleeper.at);
      this.#sleepers.splice(place < 0 ? this.#sleepers.length : place, 0, sleeper);
      signal?.addEventListener("abort", () => {
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
        reject(signal.reason);
      });
    });
  }

  /** Lets so many milliseconds pass, waking sleepers one by one, each at its own time. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    for (;;) {
      await settled();
      const [first] = this.#sleepers;
      if (first === undefined || first.at > end) break;
      this.#sleepers.shift();
      this.#now = first.at;
      first.wake();
    }
    this.#now = end;
  }

  /** Lets time pass until the work is done. */
  async finish<T>(work: Promise<T>): Promise<T> {
    let done = false;
    const watched = work.finally(() => {
      done = true;
    });
    watched.catch(() => {});
    await settled();
    while (!done) {
      const first = this.#sleepers.shift();
      if (first !== undefined) {
        this.#now = Math.max(this.#now, first.at);
        first.wake();
      }
      await settled();
    }
    return watched;
  }
}

/** Lets everything run that waits for no time and no socket. */
function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
