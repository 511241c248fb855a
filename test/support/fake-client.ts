import type { CallOptions, S3Bucket, S3Client, S3Request } from "../../src/s3/client.ts";
import { S3Error } from "../../src/s3/error.ts";
import { mayPass } from "../../src/s3/retry.ts";
import { type HttpReply, TransportError } from "../../src/s3/transport.ts";

/** What a fake server answers: a reply, or the error that a client would make of it. */
export type FakeAnswer =
  | {
      readonly status?: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string | Buffer;
    }
  | Error;

/** A client without a server: it keeps the requests, and answers each from a list, or by a function. */
export class FakeClient implements S3Client {
  readonly requests: S3Request[] = [];
  readonly discarded: S3Request[] = [];
  readonly #answer: (request: S3Request, count: number) => FakeAnswer;

  constructor(
    answers: readonly FakeAnswer[] | ((request: S3Request, count: number) => FakeAnswer),
  ) {
    this.#answer =
      typeof answers === "function"
        ? answers
        : ({ operation }, count) => answers[count] ?? new Error(`no answer left for ${operation}`);
  }

  /** A bucket behind this client. */
  bucket(headers?: Readonly<Record<string, string>>): S3Bucket {
    return { s3: this, name: "photos", headers };
  }

  /** The requests in a few words: method, key, and the query as it would be sent but for its encoding. */
  get asked(): readonly string[] {
    return this.requests.map(({ method, key, query }) => {
      const given = Object.entries(query ?? {}).filter((pair) => pair[1] !== undefined);
      const text = given.map(([name, value]) => (value === "" ? name : `${name}=${value}`));
      return `${method} /${key ?? ""}${text.length > 0 ? `?${text.join("&")}` : ""}`;
    });
  }

  /** The headers of the last request that are sent. */
  get sent(): Readonly<Record<string, string>> {
    const headers = Object.entries(this.requests.at(-1)?.headers ?? {});
    return Object.fromEntries(
      headers.filter((pair): pair is [string, string] => pair[1] !== undefined),
    );
  }

  /** The body of the last request. */
  get sentBody(): string {
    const body = this.requests.at(-1)?.body;
    return body instanceof Uint8Array ? Buffer.from(body).toString() : "";
  }

  send(request: S3Request): Promise<HttpReply> {
    this.requests.push(request);
    const answer = this.#answer(request, this.requests.length - 1);
    if (answer instanceof Error) return Promise.reject(answer);
    const bytes = Buffer.from(answer.body ?? "");
    return Promise.resolve({
      status: answer.status ?? 200,
      headers: answer.headers ?? {},
      bytes: () => Promise.resolve(bytes),
      async *stream() {
        yield bytes;
      },
      discard: () => {
        this.discarded.push(request);
      },
    });
  }

  async fetch(request: S3Request): Promise<{ reply: HttpReply; bytes: Buffer }> {
    const reply = await this.send(request);
    return { reply, bytes: await reply.bytes() };
  }

  /** Tries five times, without a wait, as long as the server or the connection is to blame. */
  async retrying<T>(
    work: (attempt: number, options: CallOptions) => Promise<T>,
    options: CallOptions = {},
  ): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await work(attempt, { ...options, attempts: 1 });
      } catch (error) {
        if (!mayPass(error) || attempt === 5) throw error;
      }
    }
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** An answer that is an error of S3. */
export function refused(code: string, status: number): S3Error {
  return new S3Error(code, code, { status });
}

/** An answer that never came though the request was sent. */
export function lost(): TransportError {
  return new TransportError("ECONNRESET", "the connection was reset", "sent");
}
