import type { Clock } from "../../s3/clock.ts";

/** What was not used of a rate may be made up for, in microseconds: timers of a busy thread come late. */
const burstUs = 20_000n;

/**
 * A rate that threads share, of requests or of bytes a second: in shared memory stands when the next one may go, and each who comes
 * moves that on by what its own takes (the generic cell rate algorithm). Who comes first goes first, in whichever thread.
 */
export class SharedRate {
  readonly #nextUs: BigInt64Array;
  readonly #usEach: number;
  readonly #clock: Clock;

  /** @param memory As `memoryOfRate` makes it, the same in all threads. */
  constructor(memory: SharedArrayBuffer, perSecond: number, clock: Clock) {
    this.#nextUs = new BigInt64Array(memory);
    this.#usEach = 1e6 / perSecond;
    this.#clock = clock;
  }

  /** Takes so many; undefined when they may go at once, else they may when it resolves. */
  take(amount: number, signal?: AbortSignal): Promise<void> | undefined {
    const waitMs = this.#reserve(amount);
    return waitMs <= 0 ? undefined : this.#clock.sleep(waitMs, signal);
  }

  /** Moves the time of the next one on; gives how long it is until that of this, in milliseconds. */
  #reserve(amount: number): number {
    const nowUs = BigInt(Math.round(this.#clock.now() * 1000));
    const costUs = BigInt(Math.ceil(amount * this.#usEach));
    for (;;) {
      const nextUs = Atomics.load(this.#nextUs, 0);
      const least = nowUs - burstUs;
      const turnUs = nextUs > least ? nextUs : least;
      if (Atomics.compareExchange(this.#nextUs, 0, nextUs, turnUs + costUs) === nextUs) {
        return Number(turnUs - nowUs) / 1000;
      }
    }
  }
}

/** Makes the memory of a rate that nobody has used yet. */
export function memoryOfRate(): SharedArrayBuffer {
  return new SharedArrayBuffer(BigInt64Array.BYTES_PER_ELEMENT);
}
