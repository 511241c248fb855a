import { UserError } from "../errors.ts";
import { S3Error } from "../s3/error.ts";
import { isNeverReached } from "../s3/retry.ts";
import { type Undone, undoneBy } from "./outcome.ts";

/**
 * Sees to it that every record in gives a record out, also when the run is lost: after an error
 * that would meet all records (a bucket that is not there, keys that are not known, an endpoint
 * that never answers), or an interrupt, what is still to come is answered as undone, without a
 * request. A later stage then knows of every upload that was begun, and ends it.
 */
export class Stopper {
  readonly #signal: AbortSignal;
  #fatal: { readonly error: unknown; readonly undone: Undone } | undefined;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  /**
   * Does the work for a record, or says by `answer` why it was not done. Rejects only with an error
   * that is our bug.
   */
  async guard<In, Out>(
    record: In,
    work: (record: In) => Promise<Out>,
    answer: (record: In, undone: Undone) => Out,
  ): Promise<Out> {
    if (this.#fatal !== undefined) return answer(record, this.#fatal.undone);
    if (this.#signal.aborted) return answer(record, undoneBy(this.#signal.reason, this.#signal));
    try {
      return await work(record);
    } catch (error) {
      const undone = undoneBy(error, this.#signal);
      if (isAboutAll(error)) this.#fatal ??= { error, undone };
      return answer(record, undone);
    }
  }

  /** Throws the error that ended the run, after all records are answered. */
  throwIfStopped(): void {
    if (this.#fatal !== undefined) throw this.#fatal.error;
  }
}

/** True for an error that would meet every other record too. */
export function isAboutAll(error: unknown): boolean {
  if (error instanceof S3Error) return !error.isAboutOneObject;
  return error instanceof UserError || isNeverReached(error);
}
