import type { Dispatcher } from "undici";

import { type Abortable, offAbort, onAbort } from "../s3/on-abort.ts";
import { type HttpReply, type HttpRequest, type Stage, TransportError } from "../s3/transport.ts";
import { bodyChunks } from "./body-chunks.ts";
import { RequestBody } from "./request-body.ts";

/** A body that nobody reads is held up to here, in bytes; then its connection waits. A few reads of a socket. */
const heldBytes = 256 * 1024;

/** The rest of an unwanted body is read up to here, in bytes; to read it is cheaper than a new connection. */
const drainBytes = 64 * 1024;

/** One request and its reply: undici tells it what happens, and the caller reads the reply from it. */
export class UndiciExchange implements Dispatcher.DispatchHandler, HttpReply, Abortable {
  status = 0;
  headers: Readonly<Record<string, string | undefined>> = {};
  watchedAt: number | undefined;

  readonly #request: HttpRequest;
  readonly #body: RequestBody | undefined;
  readonly #resolve: (reply: HttpReply) => void;
  readonly #reject: (error: Error) => void;
  #controller: Dispatcher.DispatchController | undefined;

  /** Whether the head of the reply is here. */
  #headed = false;
  #ended = false;
  #failure: Error | undefined;
  #reading: "nothing" | "bytes" | "stream" | "rest" = "nothing";

  /** What came and was not taken. */
  #held: Buffer[] = [];
  #heldBytes = 0;
  #paused = false;

  /** The body as `bytes` collects it: into one buffer when its length is known. */
  #whole: Buffer | undefined;
  #maxBytes = Number.POSITIVE_INFINITY;
  #onBytes: ((bytes: Buffer) => void) | undefined;
  /** Whoever waits for the next chunk of `stream`. */
  #onChunk: ((result: IteratorResult<Uint8Array, undefined>) => void) | undefined;
  #onFailure: ((error: Error) => void) | undefined;

  constructor(
    request: HttpRequest,
    resolve: (reply: HttpReply) => void,
    reject: (error: Error) => void,
  ) {
    this.#request = request;
    this.#resolve = resolve;
    this.#reject = reject;
    const { body, headers } = request;
    if (body !== undefined && !(body instanceof Uint8Array)) {
      this.#body = new RequestBody(body, Number(headers["content-length"]));
    }
    if (request.signal) onAbort(request.signal, this);
  }

  dispatch(dispatcher: Dispatcher): void {
    const { method, origin, path, headers, body, headTimeoutMs, idleTimeoutMs, fresh } =
      this.#request;
    dispatcher.dispatch(
      {
        // A proxy's agent has to be told.
        origin,
        method,
        path,
        headers: headers as Record<string, string>,
        // undici takes any AsyncIterable, though its types ask for a Readable.
        body: (this.#body ?? (body as Uint8Array | undefined) ?? null) as Uint8Array | null,
        headersTimeout: headTimeoutMs,
        bodyTimeout: idleTimeoutMs,
        // Without this undici would close the connection after every HEAD.
        reset: fresh === true,
      },
      this,
    );
  }

  // What undici tells.

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // It was given up while it waited for a connection.
    if (this.#failure !== undefined) controller.abort(this.#failure);
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    if (status < 200) return;
    this.status = status;
    this.headers = oneEach(headers);
    this.#headed = true;
    // The server does not want the body, and its reply will end the connection: do not let the source of the body wait.
    if (status >= 300) this.#body?.stop();
    this.#resolve(this);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#failure !== undefined) return;
    if (this.#onChunk !== undefined) {
      const give = this.#onChunk;
      this.#onChunk = undefined;
      give({ value: chunk, done: false });
      return;
    }
    if (this.#reading === "rest") {
      this.#heldBytes += chunk.length;
      if (this.#heldBytes > drainBytes) this.#giveUp(new Error("the rest is not wanted"));
      return;
    }
    if (this.#whole !== undefined) {
      chunk.copy(this.#whole, this.#heldBytes);
      this.#heldBytes += chunk.length;
      return;
    }
    this.#held.push(chunk);
    this.#heldBytes += chunk.length;
    if (this.#reading === "bytes") {
      if (this.#heldBytes > this.#maxBytes) this.#giveUp(this.#tooLong());
    } else if (this.#heldBytes >= heldBytes && !this.#paused) {
      this.#paused = true;
      controller.pause();
    }
  }

  onResponseEnd(): void {
    this.#ended = true;
    this.#release();
    this.#onBytes?.(this.#collected());
    this.#onChunk?.({ value: undefined, done: true });
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#fail(this.#body?.failure ?? this.#explain(error));
  }

  // What the caller asks.

  bytes(maxBytes = Number.POSITIVE_INFINITY): Promise<Buffer> {
    this.#claim("bytes");
    this.#maxBytes = maxBytes;
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const length = this.#length();
    if ((length ?? this.#heldBytes) > maxBytes) {
      const error = this.#tooLong();
      this.#giveUp(error);
      return Promise.reject(error);
    }
    if (this.#ended) return Promise.resolve(this.#collected());
    if (length !== undefined) {
      const whole = Buffer.allocUnsafeSlow(length);
      let at = 0;
      for (const chunk of this.#held) at += chunk.copy(whole, at);
      this.#held = [];
      this.#whole = whole;
    }
    const promise = new Promise<Buffer>((resolve, reject) => {
      this.#onBytes = resolve;
      this.#onFailure = reject;
    });
    this.#resume();
    return promise;
  }

  stream(): AsyncIterableIterator<Uint8Array, undefined> {
    this.#claim("stream");
    return bodyChunks(
      () => this.#next(),
      () => this.#drop(),
    );
  }

  discard(): void {
    if (this.#reading === "nothing") this.#reading = "rest";
    else if (this.#reading !== "rest") throw new Error("the body of this reply is being read");
    this.#drop();
  }

  abort(reason: unknown): void {
    this.#giveUp(reason as Error);
  }

  #next(): Promise<IteratorResult<Uint8Array, undefined>> {
    const chunk = this.#held.shift();
    if (chunk !== undefined) {
      this.#heldBytes -= chunk.length;
      if (this.#heldBytes < heldBytes / 2) this.#resume();
      return Promise.resolve({ value: chunk, done: false });
    }
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#ended) return Promise.resolve({ value: undefined, done: true });
    return new Promise((resolve, reject) => {
      this.#onChunk = resolve;
      this.#onFailure = reject;
    });
  }

  /** The rest of the body is not wanted: a little is read, so that the connection can be used again. */
  #drop(): void {
    if (this.#ended || this.#failure !== undefined) return;
    const left = (this.#length() ?? 0) - this.#heldBytes;
    if (this.#reading === "stream" || left > drainBytes) {
      this.#giveUp(new Error("the rest is not wanted"));
      return;
    }
    this.#held = [];
    this.#heldBytes = 0;
    this.#resume();
  }

  #claim(reading: "bytes" | "stream"): void {
    if (this.#reading !== "nothing") throw new Error("the body of a reply can be read only once");
    this.#reading = reading;
  }

  #resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#controller?.resume();
  }

  /** The length of the body in bytes, where the head of the reply tells. */
  #length(): number | undefined {
    if (this.#request.method === "HEAD" || this.status === 204 || this.status === 304) return 0;
    const length = this.headers["content-length"];
    return length === undefined ? undefined : Number(length);
  }

  #collected(): Buffer {
    // One chunk is most often the whole of a small reply: it needs no copy.
    return this.#whole ?? (this.#held.length === 1 ? this.#held[0]! : Buffer.concat(this.#held));
  }

  #giveUp(error: Error): void {
    this.#fail(error);
    // Not now: undici may be in the middle of telling us of the same reply.
    queueMicrotask(() => this.#controller?.abort(error));
  }

  #fail(error: Error): void {
    if (this.#ended || this.#failure !== undefined) return;
    this.#failure = error;
    this.#release();
    this.#whole = undefined;
    // Does nothing once the reply was handed over.
    this.#reject(error);
    this.#onFailure?.(error);
  }

  #release(): void {
    if (this.#request.signal) offAbort(this.#request.signal, this);
    this.#body?.stop();
  }

  #stage(): Stage {
    return this.#headed ? "body" : this.#controller === undefined ? "unsent" : "sent";
  }

  #explain(error: Error): TransportError {
    const { method, origin } = this.#request;
    const code = codeOf(error);
    return new TransportError(code, `${method} ${origin}: ${error.message}`, this.#stage(), error);
  }

  #tooLong(): TransportError {
    return new TransportError("BODY_TOO_LONG", `the reply is over ${this.#maxBytes} bytes`, "body");
  }
}

/** A header that came several times is one, joined by commas, as HTTP has it. */
function oneEach(
  headers: Record<string, string | string[] | undefined>,
): Record<string, string | undefined> {
  for (const name in headers) {
    const value = headers[name];
    if (Array.isArray(value)) headers[name] = value.join(", ");
  }
  return headers as Record<string, string | undefined>;
}

/** undici's own codes, as Node would call them; nothing above knows undici. */
const codes: Readonly<Record<string, string | undefined>> = {
  UND_ERR_CONNECT_TIMEOUT: "ETIMEDOUT",
  UND_ERR_HEADERS_TIMEOUT: "ETIMEDOUT",
  UND_ERR_BODY_TIMEOUT: "ETIMEDOUT",
  UND_ERR_SOCKET: "ECONNRESET",
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: "BODY_CUT_SHORT",
  UND_ERR_HEADERS_OVERFLOW: "BAD_REPLY",
  UND_ERR_INVALID_ARG: "INVALID_REQUEST",
  UND_ERR_CLOSED: "CLOSED",
  UND_ERR_DESTROYED: "CLOSED",
};

function codeOf(error: Error & { readonly code?: unknown }): string {
  const { code, name } = error;
  if (name === "HTTPParserError") return "BAD_REPLY";
  return typeof code === "string" ? (codes[code] ?? code) : "FAILED";
}
