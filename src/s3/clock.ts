import { offAbort, onAbort } from "./on-abort.ts";

/** Time, passed in so that tests need not wait for it. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Resolves after so many milliseconds; rejects with the signal's reason when it aborts first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** The machine's clock. */
export const systemClock: Clock = {
  now: Date.now,
  sleep(ms, signal) {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason);
        return;
      }
      const sleeper = {
        abort(reason: unknown) {
          clearTimeout(timer);
          reject(reason);
        },
      };
      const timer = setTimeout(() => {
        if (signal) offAbort(signal, sleeper);
        resolve();
      }, ms);
      if (signal) onAbort(signal, sleeper);
    });
  },
};

/**
 * Goes on evenly whatever the machine's clock is set to, and is the same in all threads; since when it counts, nobody knows. For
 * rates: a clock that is set back by an hour would hold all requests for one.
 */
export const steadyClock: Clock = {
  now: () => Number(process.hrtime.bigint()) / 1e6,
  sleep: (ms, signal) => systemClock.sleep(ms, signal),
};
