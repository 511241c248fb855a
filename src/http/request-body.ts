import { TransportError } from "../s3/transport.ts";

/**
 * A request's streamed body on its way to a connection: counts it, so that a wrong length is never
 * sent as a whole body, keeps the error of its source, and lets go of the source once the body is
 * not wanted any more.
 */
export class RequestBody implements AsyncIterableIterator<Uint8Array, undefined> {
  /** What the source failed with, or a wrong length. */
  failure: Error | undefined;

  readonly #source: AsyncIterator<Uint8Array>;
  readonly #length: number;
  #sent = 0;
  #stopped = false;

  constructor(source: AsyncIterable<Uint8Array>, length: number) {
    if (!Number.isSafeInteger(length)) {
      throw new TypeError("a streamed body needs a content-length header");
    }
    this.#source = source[Symbol.asyncIterator]();
    this.#length = length;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    if (this.#stopped) return unsettled();
    let result: IteratorResult<Uint8Array, unknown>;
    try {
      result = await this.#source.next();
    } catch (error) {
      this.#stopped = true;
      throw this.#fail(error as Error);
    }
    // The reply is here already: to end the body, or to fail, would break it off.
    if (this.#stopped) return unsettled();
    if (result.done !== true) {
      this.#sent += result.value.length;
      if (this.#sent > this.#length) throw this.#fail(this.#wrongLength());
      return { value: result.value, done: false };
    }
    this.#stopped = true;
    if (this.#sent !== this.#length) throw this.#fail(this.#wrongLength());
    return { value: undefined, done: true };
  }

  /** The connection wants no more. */
  return(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.stop();
    return Promise.resolve({ value: undefined, done: true });
  }

  /** Lets go of the source, and keeps the connection waiting until its reply has ended it. */
  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    // What the source says when it is let go concerns nobody any more.
    this.#source.return?.().catch(() => {});
  }

  #fail(error: Error): Error {
    this.failure ??= error;
    return error;
  }

  #wrongLength(): TransportError {
    return new TransportError(
      "BODY_LENGTH",
      `the body has not the ${this.#length} bytes that were announced`,
      "sent",
    );
  }
}

/**
 * A promise that is never settled. It is a new one each time, for one that all share would keep all
 * that wait for it.
 */
function unsettled(): Promise<never> {
  return new Promise(() => {});
}
