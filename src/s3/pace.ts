import type { Clock } from "./clock.ts";
import { type Abortable, offAbort, onAbort } from "./on-abort.ts";

/** Kinds of requests that S3 limits separately (a listing and a GET do not share one limit). */
export type PaceKind = "read" | "list" | "write";

/**
 * Over this time, in milliseconds, a rate is measured: long enough for S3's thousands a second to
 * be a number.
 */
const windowMs = 500;

/**
 * Without a window before it, a window is taken to be this old at least, in milliseconds. What is
 * thought too high now is cut again a second later; what is thought too low takes a minute to grow.
 */
const minAgeMs = 100;

/**
 * After a cut the next comes no sooner, in milliseconds: refusals of requests sent before it arrive
 * for a round trip.
 */
const cutEveryMs = 1000;

/** What is left of the rate that got through when the server throttles. */
const cutTo = 0.8;

/**
 * How fast the rate grows while nothing is throttled: 5 % a second doubles it in a quarter of a
 * minute.
 */
const growthPerSecond = 1.05;

/**
 * It stays as it is for this long after a throttle, in milliseconds, so that one refusal a second
 * does not make it swing.
 */
const holdMs = 1000;

/** The limit is lifted when it has grown to so many times the rate it was last cut to. */
const liftAt = 4;

/**
 * The first cut goes no lower than this, in requests a second, and each later one no lower than to
 * the half: a client that has just begun, or a server that refuses all for a moment, has no rate
 * worth the name. S3 itself takes thousands.
 */
const firstRate = 50;

/** The least rate, in requests a second. */
const minRate = 1;

/**
 * Requests let go together, in milliseconds of the rate: timers are no finer than a millisecond.
 */
const burstMs = 5;

/** The longest sleep before the rate is looked at again, in milliseconds. */
const maxSleepMs = 250;

/**
 * Keeps one kind of requests to the rate the server takes. There is no limit until the server first
 * throttles; then the rate is cut below the one that was let through, requests wait for their turn
 * in order, and the rate grows again until the next throttle, or until the limit means nothing and
 * is lifted.
 */
export class Pace {
  readonly #clock: Clock;
  readonly #passed: RateMeter;
  readonly #onThrottle: (() => void) | undefined;
  /** Requests a second. */
  #limit = Number.POSITIVE_INFINITY;
  #lastCut = 0;
  #cutAt = Number.NEGATIVE_INFINITY;
  #throttledAt = 0;
  #grownAt = 0;
  #nextAt = 0;
  readonly #waiting = new Set<Turn>();
  #pumping = false;

  constructor(clock: Clock, onThrottle?: () => void) {
    this.#clock = clock;
    this.#passed = new RateMeter(clock);
    this.#onThrottle = onThrottle;
  }

  /** Requests a second that are let go now; infinite without a limit. */
  get limit(): number {
    return this.#limit;
  }

  /**
   * Waits for the turn of a request; undefined when it may go at once. Rejects with the signal's
   * reason when it aborts.
   */
  enter(signal?: AbortSignal): Promise<void> | undefined {
    if (this.#limit === Number.POSITIVE_INFINITY) return undefined;
    this.#grow(this.#clock.now());
    if (this.#limit === Number.POSITIVE_INFINITY) return undefined;
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason as Error);
        return;
      }
      const turn = new Turn(this.#waiting, signal, resolve, reject);
      this.#waiting.add(turn);
      if (signal) onAbort(signal, turn);
      if (!this.#pumping) void this.#pump();
    });
  }

  /** Notes that the server took a request. */
  passed(): void {
    this.#passed.count();
  }

  /** Notes that the server refused a request because there are too many. */
  throttled(): void {
    this.#onThrottle?.();
    const now = this.#clock.now();
    this.#throttledAt = now;
    if (now - this.#cutAt < cutEveryMs) return;
    this.#cutAt = now;
    this.#grownAt = now;
    const least = this.#limit === Number.POSITIVE_INFINITY ? firstRate : this.#limit / 2;
    this.#limit = Math.max(minRate, least, cutTo * Math.min(this.#limit, this.#passed.rate()));
    this.#lastCut = this.#limit;
  }

  #grow(now: number): void {
    const from = Math.max(this.#grownAt, this.#throttledAt + holdMs);
    if (now <= from || this.#limit === Number.POSITIVE_INFINITY) return;
    this.#limit *= growthPerSecond ** ((now - from) / 1000);
    this.#grownAt = now;
    if (this.#limit >= liftAt * this.#lastCut) this.#limit = Number.POSITIVE_INFINITY;
  }

  async #pump(): Promise<void> {
    this.#pumping = true;
    try {
      while (this.#waiting.size > 0) {
        const now = this.#clock.now();
        this.#grow(now);
        // A turn that nobody took is lost: requests that come late do not come all at once.
        this.#nextAt = Math.max(this.#nextAt, now - burstMs);
        for (const turn of this.#waiting) {
          if (this.#nextAt > now) break;
          this.#nextAt += 1000 / this.#limit;
          turn.come();
        }
        if (this.#waiting.size === 0) break;
        await this.#clock.sleep(Math.min(Math.max(this.#nextAt - now, 1), maxSleepMs));
      }
    } finally {
      this.#pumping = false;
    }
  }
}

/** The paces of a client: one for each bucket, part of its keys where parts are told, and kind of request. */
export class Paces {
  readonly #clock: Clock;
  readonly #onThrottle: ((kind: PaceKind, bucket: string) => void) | undefined;
  /** Of each bucket, by part and kind: a name made of the three would be hashed for each request. */
  readonly #paces = new Map<string, Pace[]>();

  constructor(clock: Clock, onThrottle?: (kind: PaceKind, bucket: string) => void) {
    this.#clock = clock;
    this.#onThrottle = onThrottle;
  }

  /** The pace for a kind of requests to a bucket, or to a part of it. */
  of(kind: PaceKind, bucket: string, part = 0): Pace {
    let paces = this.#paces.get(bucket);
    if (paces === undefined) this.#paces.set(bucket, (paces = []));
    const told = this.#onThrottle;
    return (paces[part * kinds.length + kinds.indexOf(kind)] ??= new Pace(
      this.#clock,
      told && (() => told(kind, bucket)),
    ));
  }
}

const kinds: readonly PaceKind[] = ["read", "list", "write"];

/** The kind of a request, by S3's name of its operation. */
export function paceKind(operation: string, method: string): PaceKind {
  if (operation.startsWith("List")) return "list";
  return method === "GET" || method === "HEAD" ? "read" : "write";
}

/** A request that waits for its turn. */
class Turn implements Abortable {
  readonly #queue: Set<Turn>;
  readonly #signal: AbortSignal | undefined;
  readonly #resolve: () => void;
  readonly #reject: (reason: Error) => void;

  constructor(
    queue: Set<Turn>,
    signal: AbortSignal | undefined,
    resolve: () => void,
    reject: (reason: Error) => void,
  ) {
    this.#queue = queue;
    this.#signal = signal;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  come(): void {
    this.#queue.delete(this);
    if (this.#signal) offAbort(this.#signal, this);
    this.#resolve();
  }

  abort(reason: unknown): void {
    this.#queue.delete(this);
    this.#reject(reason as Error);
  }
}

/** Counts events in windows of time. */
class RateMeter {
  readonly #clock: Clock;
  #startedAt = Number.NaN;
  #count = 0;
  #lastRate = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  count(): void {
    this.#turn(this.#clock.now());
    this.#count++;
  }

  /**
   * Events a second, by this window or the last, whichever had more: a window that has just begun
   * says little.
   */
  rate(): number {
    const now = this.#clock.now();
    this.#turn(now);
    const age = Math.max(now - this.#startedAt, this.#lastRate === 0 ? minAgeMs : windowMs);
    return Math.max(this.#lastRate, (this.#count * 1000) / age);
  }

  #turn(now: number): void {
    const age = now - this.#startedAt;
    if (age < windowMs) return;
    // After a pause the last window is not the one before this.
    this.#lastRate = age < 2 * windowMs ? (this.#count * 1000) / age : 0;
    this.#startedAt = now;
    this.#count = 0;
  }
}
