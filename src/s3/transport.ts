/**
 * One HTTP/1.1 request, ready to send: signed, its path percent-encoded. Header names are lower case; names and values are
 * Latin-1 strings, one character a byte, so that metadata passes through as the bytes it is.
 */
export interface HttpRequest {
  readonly method: string;
  /** Scheme, host and port, as in `https://s3.eu-west-1.amazonaws.com`. */
  readonly origin: string;
  /** Path and query, as they stand in the request line. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Bytes that can be sent again, or a stream that cannot; a stream needs a `content-length` header. */
  readonly body?: Uint8Array | AsyncIterable<Uint8Array> | undefined;
  /** How long to wait for the reply's head once the request is sent. */
  readonly headTimeoutMs: number;
  /** How long a body may stay silent. */
  readonly idleTimeoutMs: number;
  /** True for a try after a failed one: it gets a connection, and an address, of its own. */
  readonly fresh?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A reply whose head is here and whose body is still to be read: by `bytes`, `stream` or `discard`, one of them, once. */
export interface HttpReply {
  readonly status: number;
  /** Names in lower case; values as Latin-1 strings. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /**
   * The whole body, in memory that is the caller's alone; rejects when it breaks off, is shorter than announced, or is longer than
   * `maxBytes`.
   */
  bytes(maxBytes?: number): Promise<Buffer>;
  /** The body as it comes; the connection waits while nobody reads. Ends with an error when the body is cut short. */
  stream(): AsyncIterable<Uint8Array>;
  /** Gives the connection up or reads the rest, whichever is cheaper. */
  discard(): void;
}

/** What carries requests: undici here, or any client that passes the same tests. */
export interface Transport {
  /** Sends one request, once. Rejects with a `TransportError` when no reply's head came. */
  send(request: HttpRequest): Promise<HttpReply>;
  /** Closes idle connections and refuses new requests. */
  close(): Promise<void>;
}

/** How far a request had come when its connection failed. Only `unsent` proves that the server saw nothing of it. */
export type Stage = "unsent" | "sent" | "body";

/** A request that got no whole reply: a refused or reset connection, a timeout, a body cut short. */
export class TransportError extends Error {
  override readonly name: string = "TransportError";
  /** Node's or undici's code, as `ECONNRESET`. */
  readonly code: string;
  readonly stage: Stage;

  constructor(code: string, message: string, stage: Stage, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.stage = stage;
  }
}
