import {
  type Addressing,
  type BucketAddress,
  bucketAddress,
  type Endpoint,
  endpointIn,
  pathOf,
} from "./address.ts";
import type { CallOptions, S3Client, S3Request } from "./client.ts";
import { type Clock, steadyClock, systemClock } from "./clock.ts";
import { CredentialsCache, type ExpiringCredentials } from "./credentials-cache.ts";
import { S3Error } from "./error.ts";
import { errorOf, maxErrorBytes, rootElement } from "./error-reply.ts";
import { type Pace, paceKind, type PaceKind, Paces } from "./pace.ts";
import {
  defaultRetryOptions,
  isThrottling,
  Retries,
  type Retried,
  type RetryOptions,
} from "./retry.ts";
import { canonicalQuery, emptyPayload, payloadHash, type Signer, unsignedPayload } from "./sign.ts";
import { type HttpReply, type HttpRequest, type Transport, TransportError } from "./transport.ts";

/** What a client of one endpoint is made of. */
export interface S3ClientOptions {
  /** Carries the requests; `close` closes it. */
  readonly transport: Transport;
  readonly endpoint: Endpoint;
  /** The region to sign for until a bucket's own is known. */
  readonly region: string;
  /** Gives credentials; asked again shortly before they expire. */
  readonly credentials: () => Promise<ExpiringCredentials>;
  /** Where buckets are named; left out, AWS gets host names and all others get paths. */
  readonly addressing?: Addressing | undefined;
  readonly retry?: Partial<RetryOptions> | undefined;
  readonly clock?: Clock | undefined;
  /** A number from 0 up to 1, for the jitter of retries. */
  readonly random?: (() => number) | undefined;
  /** Told of each request that is sent, retries included. */
  readonly onRequest?: ((operation: string) => void) | undefined;
  /** Told of each failure that is tried again. */
  readonly onRetry?: ((operation: string | undefined, error: unknown) => void) | undefined;
  /** Told each time that the server asks for fewer requests. */
  readonly onThrottle?: ((kind: PaceKind, bucket: string) => void) | undefined;
}

/**
 * How long to wait for the head of a reply, and for more of a silent body, in milliseconds: as the
 * AWS CLI's minute, halved.
 */
const timeoutMs = 30_000;

/**
 * An upload is answered when it is stored everywhere, which may take longer than to begin to answer
 * a read.
 */
const uploadTimeoutMs = 120_000;

/** S3 may take minutes for these, and sends white space meanwhile; 5 GiB are copied in less. */
const longTimeoutMs = 10 * 60_000;

/**
 * Operations that are answered with a 200 before they are done, so that their body says whether
 * they were.
 */
const answeredEarly = new Set(["CopyObject", "UploadPartCopy", "CompleteMultipartUpload"]);

/**
 * The longest reply that `fetch` reads, in bytes: a page of 1000 keys of 1024 bytes, each
 * percent-encoded, has 4 MB.
 */
const maxReplyBytes = 16 * 1024 * 1024;

/**
 * On https, which protects a body itself, longer bodies are not hashed once more for the signature;
 * in bytes.
 */
const signedBodyBytes = 64 * 1024;

/** A clock that is further off than this, in milliseconds, makes S3 refuse a signature. */
const maxSkewMs = 15 * 60_000;

/** Makes a client of one endpoint with one set of credentials. */
export function createS3Client(options: S3ClientOptions): S3Client {
  return new Client(options);
}

/** Where a bucket is, and what to sign for. */
interface Place extends BucketAddress {
  readonly region: string;
  readonly endpoint: Endpoint;
}

class Client implements S3Client {
  readonly #transport: Transport;
  readonly #endpoint: Endpoint;
  readonly #region: string;
  readonly #addressing: Addressing | undefined;
  readonly #credentials: CredentialsCache;
  readonly #clock: Clock;
  readonly #retries: Retries;
  readonly #paces: Paces;
  readonly #onRequest: S3ClientOptions["onRequest"];
  readonly #onRetry: S3ClientOptions["onRetry"];
  /** Where buckets are: as the client was told, or as S3 has put it right. */
  readonly #places = new Map<string, Place>();
  /** How far the server's clock is ahead of ours, in milliseconds. */
  #clockOffset = 0;

  constructor(options: S3ClientOptions) {
    this.#transport = options.transport;
    this.#endpoint = options.endpoint;
    this.#region = options.region;
    this.#addressing = options.addressing;
    this.#clock = options.clock ?? systemClock;
    this.#credentials = new CredentialsCache(options.credentials, this.#clock);
    this.#retries = new Retries(
      { ...defaultRetryOptions, ...options.retry },
      options.random ?? Math.random,
    );
    this.#paces = new Paces(options.clock ?? steadyClock, options.onThrottle);
    this.#onRequest = options.onRequest;
    this.#onRetry = options.onRetry;
  }

  send(request: S3Request, options: CallOptions = {}): Promise<HttpReply> {
    return this.#repeat(
      (_attempt, { fresh, signal }) => this.#once(request, fresh, signal),
      options,
      request,
    );
  }

  fetch(
    request: S3Request,
    options: CallOptions = {},
  ): Promise<{ readonly reply: HttpReply; readonly bytes: Buffer }> {
    return this.#repeat(
      async (_attempt, { fresh, signal }) => {
        const reply = await this.#once(request, fresh, signal);
        const bytes = await reply.bytes(maxReplyBytes);
        if (answeredEarly.has(request.operation)) this.#refuseErrorInside(request, reply, bytes);
        return { reply, bytes };
      },
      options,
      request,
    );
  }

  retrying<T>(
    work: (attempt: number, options: CallOptions) => Promise<T>,
    options: CallOptions = {},
  ): Promise<T> {
    return this.#repeat(work, options);
  }

  close(): Promise<void> {
    return this.#transport.close();
  }

  /** Does work until it succeeds or fails for good: the only loop of retries there is. */
  async #repeat<T>(
    work: (attempt: number, options: CallOptions) => Promise<T>,
    options: CallOptions,
    request?: S3Request,
  ): Promise<T> {
    const { signal, attempts } = options;
    let { fresh } = options;
    for (let attempt = 1; ; attempt++) {
      try {
        return await work(attempt, { signal, attempts: 1, fresh });
      } catch (error) {
        if (signal?.aborted) throw signal.reason;
        const { operation, idempotent } = request ?? {};
        const retried: Retried = { operation, idempotent, attempts };
        const delay = this.#retries.delay(error, attempt, retried);
        if (delay === undefined) throw error;
        this.#onRetry?.(operation, error);
        await this.#clock.sleep(delay, signal);
        fresh = wantsFreshConnection(error);
      }
    }
  }

  /**
   * Sends a request once, and again for each thing that is put right by what the server answered.
   */
  async #once(
    request: S3Request,
    fresh: boolean | undefined,
    signal: AbortSignal | undefined,
  ): Promise<HttpReply> {
    const { operation, method } = request;
    const pace = this.#paceOf(request);
    const corrected = new Set<string>();
    for (;;) {
      const signing = this.#credentials.signer();
      const signer = signing instanceof Promise ? await signing : signing;
      const turn = pace.enter(signal);
      if (turn !== undefined) await turn;
      this.#onRequest?.(operation);
      const prepared = this.#prepare(request, signer, fresh, signal);
      let reply: HttpReply;
      try {
        reply = await this.#transport.send(prepared);
      } catch (error) {
        this.#retries.noteFailure(error);
        throw error;
      }
      const { status } = reply;
      if ((status >= 200 && status < 300) || request.accept?.includes(status)) {
        pace.passed();
        this.#retries.noteSuccess();
        return reply;
      }
      const error = errorOf(reply, await bodyOf(reply, method, signal), request);
      this.#note(error, pace);
      const correction = this.#correct(error, request, reply, signer);
      if (correction === undefined || corrected.has(correction)) throw error;
      corrected.add(correction);
    }
  }

  #prepare(
    request: S3Request,
    signer: Signer,
    fresh: boolean | undefined,
    signal: AbortSignal | undefined,
  ): HttpRequest {
    const { operation, method, bucket, key, body } = request;
    const place = this.#place(bucket);
    const { region, endpoint, origin, host } = place;
    const path = pathOf(place, key);
    const query = request.query === undefined ? "" : canonicalQuery(request.query);

    const headers: Record<string, string> = { host };
    for (const name in request.headers) {
      const value = request.headers[name];
      if (value !== undefined) headers[name] = value;
    }
    let payload = emptyPayload;
    if (body instanceof Uint8Array) {
      headers["content-length"] = String(body.length);
      // An MD5 is among the signed headers, and S3 refuses other bytes than its: no need to hash them again.
      const isProtected =
        headers["content-md5"] !== undefined ||
        (endpoint.protocol === "https:" && body.length > signedBodyBytes);
      payload = isProtected ? unsignedPayload : payloadHash(body);
    } else if (body !== undefined) {
      headers["content-length"] = String(request.bodyLength);
      payload = unsignedPayload;
    } else if (method === "PUT" || method === "POST") {
      headers["content-length"] = "0";
    }

    const long = answeredEarly.has(operation);
    const upload = body !== undefined && !(body instanceof Uint8Array);
    return {
      method,
      origin,
      path: query === "" ? path : `${path}?${query}`,
      headers: signer.sign(
        { method, path, query, headers, payload },
        region,
        this.#clock.now() + this.#clockOffset,
      ),
      body: typeof body === "function" ? body() : body,
      headTimeoutMs: long ? longTimeoutMs : upload ? uploadTimeoutMs : timeoutMs,
      idleTimeoutMs: long ? longTimeoutMs : timeoutMs,
      fresh,
      signal,
    };
  }

  #place(bucket: string): Place {
    return this.#places.get(bucket) ?? this.#putAt(bucket, this.#region, this.#endpoint);
  }

  /** Made once a bucket: to join and hash the same names for each request would show. */
  #putAt(bucket: string, region: string, endpoint: Endpoint): Place {
    const place = { region, endpoint, ...bucketAddress(endpoint, bucket, this.#addressing) };
    this.#places.set(bucket, place);
    return place;
  }

  #note(error: S3Error, pace: Pace): void {
    if (isThrottling(error)) pace.throttled();
    else pace.passed();
    if (error.status < 500 && !isThrottling(error)) this.#retries.noteSuccess();
    else this.#retries.noteAnswer();
  }

  /** Puts right what an error says is wrong with the request, and returns what that was. */
  #correct(
    error: S3Error,
    request: S3Request,
    reply: HttpReply,
    signer: Signer,
  ): "region" | "clock" | "credentials" | undefined {
    const { bucket, method } = request;
    const { status, code, region } = error;
    const elsewhere = region !== undefined && region !== this.#place(bucket).region;
    if (
      region !== undefined &&
      (status === 301 || status === 307 || (elsewhere && status === 400))
    ) {
      this.#putAt(bucket, region, endpointIn(region, this.#endpoint));
      return "region";
    }
    // The reply to a HEAD has no code; the date in it may tell what it would be.
    const skew = Date.parse(reply.headers["date"] ?? "") - this.#clock.now();
    const refusedHead = method === "HEAD" && status === 403;
    if (
      code === "RequestTimeTooSkewed" ||
      (refusedHead && Math.abs(skew - this.#clockOffset) > maxSkewMs)
    ) {
      if (Number.isNaN(skew)) return undefined;
      this.#clockOffset = skew;
      return "clock";
    }
    if (expired.has(code) || (method === "HEAD" && status === 400 && signer.temporary)) {
      this.#credentials.drop(signer);
      return "credentials";
    }
    return undefined;
  }

  /** Throws for a body that is an error, or nothing, though its reply began with a 200. */
  #refuseErrorInside(request: S3Request, reply: HttpReply, bytes: Buffer): void {
    const root = rootElement(bytes);
    if (root === undefined) {
      throw new TransportError("EMPTY_REPLY", `${request.operation}: the reply is empty`, "body");
    }
    if (root !== "Error") return;
    const error = errorOf(reply, bytes, request);
    this.#note(error, this.#paceOf(request));
    throw error;
  }

  #paceOf({ operation, method, bucket, part }: S3Request): Pace {
    return this.#paces.of(paceKind(operation, method), bucket, part);
  }
}

const expired = new Set(["ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired"]);

/**
 * A lost connection, or a machine that has its troubles, is left; a server that asks to go slower
 * is as good as the next.
 */
function wantsFreshConnection(error: unknown): boolean {
  return (
    error instanceof TransportError ||
    (error instanceof S3Error && error.status >= 500 && !isThrottling(error))
  );
}

/** The body of an error, or nothing when it cannot be had: the status still says what happened. */
async function bodyOf(
  reply: HttpReply,
  method: string,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  if (method === "HEAD") {
    reply.discard();
    return new Uint8Array();
  }
  try {
    return await reply.bytes(maxErrorBytes);
  } catch (error) {
    if (signal?.aborted) throw error;
    return new Uint8Array();
  }
}
