import type { RangeBounds } from "../../ranges/range-bounds.ts";
import { type BegunWork, noCounts, type RunCounts } from "../../run/run.ts";
import type { IntervalDone } from "./job.ts";
import type { PlainError } from "./plain-error.ts";

/** Counts that go up. */
export type OpenCounts = { -readonly [Name in keyof RunCounts]: RunCounts[Name] };

/** An interval of keys that is worked on: what came of them so far. */
export class Interval {
  readonly counts: OpenCounts = { ...noCounts };
  targets = 0;
  isUnsettled = false;
  missed: PlainError | undefined;
  /** Whether it waits to hear if its keys may be deleted. */
  isWaiting = false;
  readonly begun: BegunWork[] = [];
  #lines = "";
  /** How many things it waits for: records under way, and the step that it is in itself. */
  #open = 1;
  readonly #done = Promise.withResolvers<IntervalDone>();
  readonly #after: Uint8Array | undefined;
  #upTo: Uint8Array | undefined;

  constructor({ after, upTo }: RangeBounds) {
    this.#after = after;
    this.#upTo = upTo;
    // It may fail while it is still being compared, and is waited for only then.
    this.done.catch(() => {});
  }

  /** Resolves when all is done. */
  get done(): Promise<IntervalDone> {
    return this.#done.promise;
  }

  /** Ends it before its end. */
  cut(upTo: Uint8Array): void {
    this.#upTo = upTo;
  }

  addLine(line: string): void {
    this.#lines += `${line}\n`;
  }

  /** Waits for so many things more. */
  open(count: number): void {
    this.#open += count;
  }

  /** One of them is done. */
  close(): void {
    if (--this.#open > 0) return;
    const { counts, targets, isUnsettled, missed, begun } = this;
    const lines = Buffer.from(this.#lines);
    const bounds = { after: this.#after, upTo: this.#upTo };
    this.#done.resolve({ ...bounds, counts, targets, isUnsettled, missed, begun, lines });
  }

  fail(error: unknown): void {
    this.#done.reject(error);
  }
}
