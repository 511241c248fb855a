import type { Socket } from "node:net";

import { BadReply } from "./bad-reply.ts";
import type { CoarseClock } from "./coarse-clock.ts";
import type { Exchange, Holder } from "./exchange.ts";
import type { ReplyHead } from "./reply-head.ts";
import { ReplyParser, type ReplySink } from "./reply-parser.ts";
import { giveBack } from "./slabs.ts";

/** Begins a socket that reads into memory which it is told, and calls `onOpen` when it can be written to. */
export type OpenSocket = (
  onread: {
    readonly buffer: () => Buffer;
    readonly callback: (count: number, buffer: Uint8Array) => boolean;
  },
  onOpen: () => void,
) => Socket;

/** Who connections belong to. */
export interface ConnectionOwner {
  readonly clock: CoarseClock;
  /** How long a connection may take to come about, in milliseconds. */
  readonly connectTimeoutMs: number;
  /** The connection is open. */
  opened(connection: Connection): void;
  /** The connection has ended its exchange in good order and may be given another one. */
  released(connection: Connection): void;
  /** The connection is no more. */
  closed(connection: Connection): void;
  /** What was asked of the address went wrong, or it was not reached. */
  failed(address: string): void;
  /** The connection was closed when the exchange was sent, and nothing came back: it can be sent once more on a new one. */
  resend(exchange: Exchange): void;
}

/** Sockets read into this, one after the other: what is in it is dealt with before the next one reads. */
const shared = Buffer.allocUnsafeSlow(256 * 1024);

/** How long a connection stays open without a request, in milliseconds; servers close theirs after five seconds and up. */
const maxIdleMs = 4000;

/** A body of up to so many bytes is sent in one write with its head: a copy that costs less than another system call. */
const joinedBytes = 64 * 1024;

/** A longer one is sent in pieces of so many bytes, so that it is seen whether the server takes them. */
const pieceBytes = 256 * 1024;

/** One connection, and the exchange that is under way on it. */
export class Connection implements Holder, ReplySink {
  /** When it gets no more exchanges, on the owner's clock. */
  readonly retiresAt: number;
  /** Whether it takes one of the places that its pool has. */
  isPooled: boolean;
  /** Whether it came about. */
  isOpen = false;
  /** The address at its other end, or the one that is tried. */
  address: string | undefined;

  readonly #owner: ConnectionOwner;
  readonly #parser = new ReplyParser();
  #socket: Socket | undefined;
  #exchange: Exchange | undefined;
  #isClosed = false;
  /** Whether a body is still being sent. */
  #isSending = false;
  #isPaused = false;
  #keepAlive = true;
  #idleMs = maxIdleMs;
  /** Replies that came over it. */
  #served = 0;
  /** Whether anything came since the request was sent. */
  #isAnswered = false;
  #deadline: number;
  /** A request with its body is put together here; free again when its reply has come. */
  #joined: Buffer | undefined;

  constructor(
    owner: ConnectionOwner,
    first: Exchange,
    { isPooled, retiresAt }: { readonly isPooled: boolean; readonly retiresAt: number },
  ) {
    this.#owner = owner;
    this.isPooled = isPooled;
    this.retiresAt = retiresAt;
    this.#exchange = first;
    first.holder = this;
    this.#deadline = owner.clock.after(owner.connectTimeoutMs);
  }

  /** Opens the connection, and sends its first exchange. */
  open(open: OpenSocket): void {
    let socket: Socket;
    try {
      socket = open(
        {
          buffer: () => this.#target(),
          callback: (count, buffer) => this.#read(count, buffer as Buffer),
        },
        () => this.#opened(),
      );
    } catch (error) {
      this.#broken("FAILED", (error as Error).message, error as Error);
      return;
    }
    this.#socket = socket;
    socket.on("connectionAttempt", (address: string) => {
      this.address = address;
    });
    for (const failed of ["connectionAttemptFailed", "connectionAttemptTimeout"]) {
      socket.on(failed, (address: string) => this.#owner.failed(address));
    }
    socket.on("error", (error) => this.#broken(codeOf(error), error.message, error));
    socket.on("end", () => this.#ended());
    socket.on("close", () => this.#broken("ECONNRESET", "the connection was closed"));
  }

  get isIdle(): boolean {
    return this.#exchange === undefined;
  }

  /** Sends a request; the connection must be open and idle. */
  send(exchange: Exchange): void {
    const { request, head, body } = exchange;
    const socket = this.#socket!;
    this.#exchange = exchange;
    exchange.holder = this;
    exchange.stage = "sent";
    this.#isAnswered = false;
    this.#parser.begin(request.method);
    this.#awaitHead(exchange);
    if (body !== undefined) {
      socket.write(head, "latin1");
      void this.#sendStream(exchange);
    } else if (request.body === undefined) {
      socket.write(head, "latin1");
    } else {
      this.#sendBytes(exchange, request.body as Uint8Array);
    }
  }

  /** Looks whether it is overdue. */
  onTick(now: number): void {
    if (now < this.#deadline) return;
    const exchange = this.#exchange;
    if (exchange === undefined) {
      this.close();
      return;
    }
    const what = !this.isOpen
      ? "the connection did not come about in time"
      : exchange.stage === "body"
        ? "the body of the reply fell silent"
        : "the reply did not come in time";
    this.#broken("ETIMEDOUT", what);
  }

  /** Ends it; an exchange under way fails. */
  close(): void {
    this.#broken("CLOSED", "the client is closed");
  }

  // What its exchange asks.

  giveUp(exchange: Exchange): void {
    if (this.#exchange === exchange) this.#destroy();
  }

  pause(): void {
    this.#isPaused = true;
    // Nobody waits for what it would bring, so its silence says nothing.
    this.#deadline = Number.POSITIVE_INFINITY;
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#awaitMore();
    this.#socket!.resume();
  }

  // What its parser finds.

  onHead(head: ReplyHead): void {
    this.#keepAlive = head.keepAlive;
    // A second less, for the time it takes to learn that the server has closed it.
    if (head.keepAliveMs !== undefined) {
      this.#idleMs = Math.min(maxIdleMs, Math.max(0, head.keepAliveMs - 1000));
    }
    if (head.status >= 500) this.#owner.failed(this.address!);
    this.#exchange?.onHead(head);
  }

  onBytes(buffer: Buffer, from: number, to: number): void {
    this.#exchange?.onBytes(buffer, from, to);
  }

  // What its socket tells.

  #opened(): void {
    if (this.#isClosed) return;
    this.isOpen = true;
    this.address = this.#socket!.remoteAddress ?? this.address ?? "";
    this.#owner.opened(this);
    this.send(this.#exchange!);
  }

  /** The memory that the socket reads into next. */
  #target(): Buffer {
    const { left } = this.#parser;
    const target = left === 0 ? undefined : this.#exchange?.target(left);
    return target ?? shared;
  }

  /** Takes in what the socket has read, and tells whether it shall go on. */
  #read(count: number, buffer: Buffer): boolean {
    const exchange = this.#exchange;
    if (exchange === undefined || exchange.stage === "unsent") {
      // An answer to nothing that was asked: whose would the next one be?
      this.#broken("BAD_REPLY", "the server spoke unasked");
      return false;
    }
    this.#isAnswered = true;
    let at;
    try {
      at = this.#parser.consume(buffer, 0, count, this);
    } catch (error) {
      if (!(error instanceof BadReply)) throw error;
      this.#broken(error.code, error.message, error);
      return false;
    }
    // It may have been given up on the way.
    if (this.#exchange !== exchange) return false;
    if (this.#parser.isWhole) this.#finished(exchange, at < count);
    else if (!this.#isPaused) this.#awaitMore();
    return !this.#isPaused;
  }

  #finished(exchange: Exchange, hasMore: boolean): void {
    this.#exchange = undefined;
    this.#served++;
    // What has come already would be read as the next reply, and the rest of a body perhaps as the next request.
    const isClean = !hasMore && !this.#isSending && !this.#isUnread(exchange);
    if (!isClean || !this.#keepAlive || this.#idleMs === 0) this.#destroy();
    exchange.onEnd();
    if (this.#isClosed) return;
    this.#deadline = this.#owner.clock.after(this.#idleMs);
    if (this.#isPaused) {
      this.#isPaused = false;
      this.#socket!.resume();
    }
    this.#owner.released(this);
  }

  /**
   * Whether the server may not have read the request to its end. A reply that it has done what was asked, or to a request without
   * a body, tells that it has: over TLS the socket may say so only later, in the next turn of the event loop.
   */
  #isUnread({ status, request }: Exchange): boolean {
    if (this.#socket!.writableLength === 0) return false;
    // The socket may still read from it.
    this.#joined = undefined;
    return request.body !== undefined && status >= 300;
  }

  /** The server sends no more. */
  #ended(): void {
    const exchange = this.#exchange;
    if (exchange?.stage === "body" && this.#parser.end()) {
      this.#keepAlive = false;
      this.#finished(exchange, false);
      return;
    }
    const isCut = exchange?.stage === "body" && !this.#keepAlive;
    this.#broken(isCut ? "BODY_CUT_SHORT" : "ECONNRESET", "the server has closed the connection");
  }

  #broken(code: string, message: string, cause?: Error): void {
    if (this.#isClosed) return;
    const exchange = this.#exchange;
    const isStale = this.#served > 0 && !this.#isAnswered && stale.has(code);
    this.#destroy();
    if (exchange === undefined) return;
    if (isStale && mayResend(exchange)) {
      this.#owner.resend(exchange);
      return;
    }
    const isItsFault = !isStale && code !== "CLOSED" && exchange.body?.failure === undefined;
    if (isItsFault && this.address !== undefined) this.#owner.failed(this.address);
    exchange.fail(code, message, cause);
  }

  #destroy(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#exchange = undefined;
    this.#socket?.destroy();
    this.#owner.closed(this);
  }

  // How long to wait.

  /** From now on the server has its time to answer, or to take the next bytes of the request's body. */
  #awaitHead({ stage, request }: Exchange): void {
    if (stage === "sent") this.#deadline = this.#owner.clock.after(request.headTimeoutMs);
  }

  #awaitMore(): void {
    const exchange = this.#exchange;
    if (exchange?.stage !== "body") return;
    this.#deadline = this.#owner.clock.after(exchange.request.idleTimeoutMs);
  }

  // Sending a body.

  #sendBytes(exchange: Exchange, body: Uint8Array): void {
    const { head } = exchange;
    if (body.length > joinedBytes) {
      this.#socket!.write(head, "latin1");
      void this.#sendLong(exchange, body);
      return;
    }
    const length = head.length + body.length;
    if (this.#joined === undefined || this.#joined.length < length) {
      this.#joined = Buffer.allocUnsafeSlow(2 ** Math.ceil(Math.log2(length)));
    }
    this.#joined.write(head, 0, "latin1");
    this.#joined.set(body, head.length);
    this.#socket!.write(this.#joined.subarray(0, length));
  }

  async #sendLong(exchange: Exchange, body: Uint8Array): Promise<void> {
    this.#isSending = true;
    for (let at = 0; at < body.length; at += pieceBytes) {
      await this.#written(body.subarray(at, at + pieceBytes));
      if (this.#exchange !== exchange) return;
      this.#awaitHead(exchange);
    }
    this.#isSending = false;
  }

  async #sendStream(exchange: Exchange): Promise<void> {
    const body = exchange.body!;
    this.#isSending = true;
    try {
      for (;;) {
        // How long its source takes is the source's matter.
        if (exchange.stage === "sent") this.#deadline = Number.POSITIVE_INFINITY;
        const { value, done } = await body.next();
        if (this.#exchange !== exchange) return;
        this.#awaitHead(exchange);
        if (done) break;
        await this.#written(value);
        giveBack(value);
        if (this.#exchange !== exchange) return;
      }
      this.#isSending = false;
    } catch (error) {
      if (this.#exchange !== exchange) return;
      this.#broken("FAILED", (error as Error).message, error as Error);
    }
  }

  /** Resolves when the socket has taken the bytes and needs them no more, or has failed, which its events tell. */
  #written(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve) => {
      this.#socket!.write(bytes, () => resolve());
    });
  }
}

/** How a connection fails that the other end had closed before it got the request. */
const stale = new Set(["ECONNRESET", "EPIPE"]);

/** Methods that do the same when they are done twice (RFC 9110, section 9.2.2), which S3 keeps to. */
const idempotent = new Set(["GET", "HEAD", "PUT", "DELETE"]);

function mayResend({ request, isResent, body }: Exchange): boolean {
  return !isResent && body === undefined && idempotent.has(request.method);
}

function codeOf(error: Error & { readonly code?: unknown }): string {
  return typeof error.code === "string" ? error.code : "FAILED";
}
