import type { RunCounts, RunProgress } from "./run.ts";

/** How much a second, of late. */
export interface RunRates {
  readonly objects: number;
  readonly bytes: number;
  readonly requests: number;
}

interface Sample extends RunRates {
  readonly atMs: number;
}

/** Rates are those of so much time, in milliseconds: long enough not to jump, short enough to show a change. */
const windowMs = 30_000;

/** Samples are kept so far apart at least, in milliseconds. */
const sampleMs = 1_000;

/** Tells from how far a run was, and how far it is, how fast it goes and how long it will take. */
export class PaceMeter {
  readonly #samples: Sample[];
  #now: Sample;

  /** @param nowMs A clock that only goes forward, in milliseconds. */
  constructor(progress: RunProgress, nowMs: number) {
    this.#now = sampleOf(progress, nowMs);
    this.#samples = [this.#now];
  }

  note(progress: RunProgress, nowMs: number): void {
    this.#now = sampleOf(progress, nowMs);
    if (nowMs - this.#samples.at(-1)!.atMs < sampleMs) return;
    this.#samples.push(this.#now);
    // One from before the window stays, so that the window is whole.
    while (this.#samples.length > 1 && this.#samples[1]!.atMs <= nowMs - windowMs) {
      this.#samples.shift();
    }
  }

  /** Per second; undefined while there is nothing to tell from. */
  rates(): RunRates | undefined {
    const [first] = this.#samples;
    const seconds = (this.#now.atMs - first!.atMs) / 1000;
    if (seconds < sampleMs / 1000) return undefined;
    return {
      objects: (this.#now.objects - first!.objects) / seconds,
      bytes: (this.#now.bytes - first!.bytes) / seconds,
      requests: (this.#now.requests - first!.requests) / seconds,
    };
  }
}

/** How long it will take, in seconds, at a rate of objects; undefined where that cannot be told. */
export function secondsLeft(
  { counts, expectedObjects }: RunProgress,
  rates: RunRates | undefined,
): number | undefined {
  if (expectedObjects === undefined || rates === undefined || rates.objects <= 0) return undefined;
  return Math.max(0, expectedObjects - objectsDone(counts)) / rates.objects;
}

/** Objects of the source of which it is known what came of them. */
export function objectsDone({ filtered, same, copied, skipped, failed }: RunCounts): number {
  return filtered + same + copied + skipped + failed;
}

function sampleOf({ counts, requests }: RunProgress, atMs: number): Sample {
  return { atMs, objects: objectsDone(counts), bytes: counts.bytes, requests };
}
