/**
 * A clock for timeouts of many connections, read from a field: one timer drives it for all of them, where a timer for each
 * request would be a tenth of what a small request costs.
 *
 * It counts ticks, not time: a process that stood still (a suspended machine, a long collection of garbage) finds that one
 * tick has passed, and not that all its connections are overdue whose bytes lie in the kernel.
 */
export class CoarseClock {
  /** Milliseconds, counted in ticks, since some time; it stands still while the clock is not started. */
  now = 0;

  readonly #onTick: () => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(onTick: () => void) {
    this.#onTick = onTick;
  }

  /** Starts to tick, if it does not yet. It keeps no process alive. */
  start(): void {
    this.#timer ??= setInterval(() => {
      this.now += tickMs;
      this.#onTick();
    }, tickMs).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** When a wait of so many milliseconds is over; at least so long, and up to a tick longer. */
  after(ms: number): number {
    return this.now + ms + tickMs;
  }
}

/** In milliseconds: ten looks a second at some hundred connections are not to be measured, and no timeout is as short. */
const tickMs = 100;
