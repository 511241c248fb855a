import { bodyChunks } from "./body-chunks.ts";
import { type Abortable, offAbort, onAbort } from "../s3/on-abort.ts";
import { RequestBody } from "./request-body.ts";
import { type HttpReply, type HttpRequest, type Stage, TransportError } from "../s3/transport.ts";
import { GrowingBuffer, type HeldBytes, inOneBuffer, OneBuffer, SlabChain } from "./held-bytes.ts";
import type { ReplyHead } from "./reply-head.ts";
import type { ReplySink } from "./reply-parser.ts";
import { requestHead } from "./request-head.ts";
import type { Memory } from "./memory.ts";

/** Whoever has an exchange in hand: a connection, or the queue for one. */
export interface Holder {
  /** The exchange is over before its end: nobody wants what would come. */
  giveUp(exchange: Exchange): void;
  /** Nothing more can be held: bring nothing for now. */
  pause(): void;
  /** Bring more. */
  resume(): void;
}

/** A body of up to so many bytes is read into one buffer of its length, whoever reads it and how. */
const oneBufferBytes = 512 * 1024;

/** The rest of an unwanted body is read up to here, in bytes; to read it is cheaper than a new connection. */
const drainBytes = 64 * 1024;

/** So many bytes are worth to wake a reader for in the midst of reading; TLS brings 16 KiB at a time. */
const offerBytes = 128 * 1024;

/** One request and its reply: the connection tells it what happens, and the caller reads the reply from it. */
export class Exchange implements HttpReply, ReplySink, Abortable {
  status = 0;
  headers: Readonly<Record<string, string | undefined>> = {};

  readonly request: HttpRequest;
  /** The request's head, ready to send. */
  readonly head: string;
  /** The request's body, where it streams. */
  readonly body: RequestBody | undefined;
  /** How far it came. */
  stage: Stage = "unsent";
  /** Whether it was sent before, on a connection that turned out to be closed. */
  isResent = false;
  holder: Holder | undefined;
  watchedAt: number | undefined;

  readonly #memory: Memory;
  readonly #resolve: (reply: HttpReply) => void;
  readonly #reject: (error: Error) => void;
  #failure: Error | undefined;
  #ended = false;
  #reading: "nothing" | "bytes" | "stream" | "rest" = "nothing";
  #isPaused = false;

  /** The length of the body in bytes, where the head of the reply tells. */
  #length: number | undefined;
  #received = 0;
  #held: HeldBytes | undefined;

  #maxBytes = Number.POSITIVE_INFINITY;
  /** Whoever waits for the whole body. */
  #onWhole: ((bytes: Buffer) => void) | undefined;
  /** Whoever waits for the next chunk of `stream`. */
  #onChunk: ((result: IteratorResult<Uint8Array, undefined>) => void) | undefined;
  #onFailure: ((error: Error) => void) | undefined;
  #isOffering = false;

  /** Throws a TransportError for a request that cannot be sent. */
  constructor(
    request: HttpRequest,
    memory: Memory,
    resolve: (reply: HttpReply) => void,
    reject: (error: Error) => void,
  ) {
    this.request = request;
    this.#memory = memory;
    this.#resolve = resolve;
    this.#reject = reject;
    const { body, headers, signal } = request;
    if (body !== undefined && !(body instanceof Uint8Array)) {
      this.body = new RequestBody(body, Number(headers["content-length"]));
    }
    this.head = requestHead(request);
    if (signal) onAbort(signal, this);
  }

  // What the connection tells.

  /** Memory for the socket to read more of the body into; undefined where the bytes must be taken from what it reads. */
  target(left: number): Buffer | undefined {
    return this.#reading === "rest" ? undefined : this.#held?.target(left);
  }

  onHead(head: ReplyHead): void {
    if (this.#failure !== undefined) return;
    const { status, headers, length } = head;
    this.stage = "body";
    this.status = status;
    this.headers = headers;
    const isEmpty = this.request.method === "HEAD" || status === 204 || status === 304;
    this.#length = isEmpty ? 0 : length;
    // The server does not want the body, and its reply will end the connection: do not let the source of the body wait.
    if (status >= 300) this.body?.stop();
    this.#resolve(this);
  }

  onBytes(buffer: Buffer, from: number, to: number): void {
    if (this.#failure !== undefined) return;
    this.#received += to - from;
    if (this.#reading === "rest") {
      if (this.#received > drainBytes) this.#giveUp(new Error("the rest is not wanted"));
      return;
    }
    this.#held ??= this.#hold();
    this.#held.add(buffer, from, to);
    if (this.#reading === "bytes") {
      if (this.#received > this.#maxBytes) this.#giveUp(this.#tooLong());
    } else if (this.#onChunk !== undefined) {
      this.#offer();
    } else if (this.#held.isFull) {
      this.#pause();
    }
  }

  onEnd(): void {
    if (this.#failure !== undefined) return;
    this.#ended = true;
    this.holder = undefined;
    this.#release();
    this.#held?.end();
    if (this.#onWhole !== undefined) this.#onWhole(this.#whole());
    else this.#give();
  }

  /** The connection has failed, as the message says; an error of the request's own body is the one to tell. */
  fail(code: string, message: string, cause?: Error): void {
    const { method, origin } = this.request;
    this.#fail(
      this.body?.failure ??
        new TransportError(code, `${method} ${origin}: ${message}`, this.stage, cause),
    );
  }

  // What the caller asks.

  bytes(maxBytes = Number.POSITIVE_INFINITY): Promise<Buffer> {
    this.#claim("bytes");
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    this.#maxBytes = maxBytes;
    if ((this.#length ?? this.#received) > maxBytes) {
      const error = this.#tooLong();
      this.#giveUp(error);
      return Promise.reject(error);
    }
    if (this.#ended) return Promise.resolve(this.#whole());
    if (this.#length !== undefined && this.#held instanceof SlabChain) {
      this.#held = inOneBuffer(this.#length, this.#held);
    }
    const promise = new Promise<Buffer>((resolve, reject) => {
      this.#onWhole = resolve;
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
    if (this.#reading === "bytes" || this.#reading === "stream") {
      throw new Error("the body of this reply is being read");
    }
    this.#drop();
  }

  abort(reason: unknown): void {
    this.#giveUp(reason as Error);
  }

  #next(): Promise<IteratorResult<Uint8Array, undefined>> {
    const chunk = this.#held?.take();
    if (chunk !== undefined) {
      this.#resume();
      return Promise.resolve({ value: chunk, done: false });
    }
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#ended || this.#reading === "rest") {
      return Promise.resolve({ value: undefined, done: true });
    }
    return new Promise((resolve, reject) => {
      this.#onChunk = resolve;
      this.#onFailure = reject;
    });
  }

  /** Wakes the reader that waits: at once when there is much for it, else when all sockets were read that had something. */
  #offer(): void {
    if (this.#held!.size >= offerBytes) {
      this.#give();
    } else if (!this.#isOffering) {
      this.#isOffering = true;
      setImmediate(() => {
        this.#isOffering = false;
        this.#give();
      });
    }
  }

  #give(): void {
    const give = this.#onChunk;
    if (give === undefined) return;
    const chunk = this.#held?.take();
    if (chunk !== undefined) {
      this.#onChunk = undefined;
      give({ value: chunk, done: false });
    } else if (this.#ended) {
      this.#onChunk = undefined;
      give({ value: undefined, done: true });
    }
  }

  /** The rest of the body is not wanted: a little is read, so that the connection can be used again. */
  #drop(): void {
    this.#reading = "rest";
    this.#held = undefined;
    this.#onChunk?.({ value: undefined, done: true });
    this.#onChunk = undefined;
    if (this.#ended || this.#failure !== undefined) return;
    const left = (this.#length ?? this.#received) - this.#received;
    this.#received = 0;
    if (left > drainBytes) this.#giveUp(new Error("the rest is not wanted"));
    else this.#resume();
  }

  #hold(): HeldBytes {
    const length = this.#length;
    if (length === undefined) return new GrowingBuffer(this.#memory.likely);
    if (length <= oneBufferBytes || this.#reading === "bytes") return new OneBuffer(length);
    return new SlabChain(this.#memory.slabs);
  }

  /** The whole body, once it has ended: it is in one piece, but for one that `stream` would have got in several. */
  #whole(): Buffer {
    const held = this.#held;
    const first = held?.take();
    if (held === undefined || first === undefined) return noBytes;
    if (held.size === 0) return first;
    const whole = new OneBuffer(first.length + held.size);
    whole.add(first, 0, first.length);
    for (let chunk = held.take(); chunk !== undefined; chunk = held.take()) {
      whole.add(chunk, 0, chunk.length);
    }
    return whole.take()!;
  }

  #claim(reading: "bytes" | "stream"): void {
    if (this.#reading !== "nothing") throw new Error("the body of a reply can be read only once");
    this.#reading = reading;
  }

  #pause(): void {
    if (this.#isPaused) return;
    this.#isPaused = true;
    this.holder?.pause();
  }

  #resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.holder?.resume();
  }

  #giveUp(error: Error): void {
    if (this.#ended || this.#failure !== undefined) return;
    const { holder } = this;
    this.#fail(error);
    holder?.giveUp(this);
  }

  #fail(error: Error): void {
    if (this.#ended || this.#failure !== undefined) return;
    this.#failure = error;
    this.#held = undefined;
    this.holder = undefined;
    this.#release();
    // Does nothing once the reply was handed over.
    this.#reject(error);
    this.#onFailure?.(error);
  }

  #release(): void {
    const { signal } = this.request;
    if (signal) offAbort(signal, this);
    this.body?.stop();
  }

  #tooLong(): TransportError {
    return new TransportError("BODY_TOO_LONG", `the reply is over ${this.#maxBytes} bytes`, "body");
  }
}

const noBytes = Buffer.alloc(0);
