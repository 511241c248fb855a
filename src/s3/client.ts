import type { HttpReply } from "./transport.ts";

/** One S3 request before it is signed and sent. */
export interface S3Request {
  /** S3's name of the operation, as `ListObjectsV2`; it picks the timeouts and is counted. */
  readonly operation: string;
  readonly method: "GET" | "HEAD" | "PUT" | "POST" | "DELETE";
  readonly bucket: string;
  /**
   * Which part of the bucket's keys it is about, a small number: S3 limits parts of a bucket separately,
   * so each part has a pace of its own.
   */
  readonly part?: number | undefined;
  readonly key?: string | undefined;
  /** Query parameters, not encoded; an empty value stands for a sub-resource, as `uploads`. */
  readonly query?: Readonly<Record<string, string | undefined>> | undefined;
  /** Lower case names; a header whose value is undefined is not sent. */
  readonly headers?: Readonly<Record<string, string | undefined>> | undefined;
  /** Bytes, or a function that makes the stream anew for each try. */
  readonly body?: Uint8Array | (() => AsyncIterable<Uint8Array>) | undefined;
  /** The length of a streamed body, in bytes. */
  readonly bodyLength?: number | undefined;
  /**
   * False for a request that must not be sent twice when the answer to the first was lost
   * (CreateMultipartUpload).
   */
  readonly idempotent?: boolean | undefined;
  /** Whether a reply with this status, though not 2xx, is an answer and not an error (304). */
  readonly accept?: readonly number[] | undefined;
}

/** What every operation takes besides its own parameters. */
export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  /** 1 inside `retrying`, so that tries do not multiply; as many as the client allows otherwise. */
  readonly attempts?: 1 | undefined;
  /** True to use a connection of its own: what `retrying` asks for after a failure. */
  readonly fresh?: boolean | undefined;
}

/** Signs, paces, sends and retries requests to one endpoint with one set of credentials. */
export interface S3Client {
  /**
   * Sends a request until it is answered: retries what may pass, keeps to the pace the server
   * allows. The body of the reply is unread. Throws an S3Error for an answer that is an error and a
   * TransportError when no answer came.
   */
  send(request: S3Request, options?: CallOptions): Promise<HttpReply>;
  /**
   * The same for a reply with a small body, read whole: a body that breaks off is asked for again,
   * and an error inside a 200 (CopyObject, UploadPartCopy, CompleteMultipartUpload) is an error,
   * retried as any other.
   */
  fetch(
    request: S3Request,
    options?: CallOptions,
  ): Promise<{ readonly reply: HttpReply; readonly bytes: Buffer }>;
  /**
   * Runs a piece of work made of several requests, as a GET pumped into a PUT, again while it fails
   * with what may pass. The work must be safe to repeat, and hands the options it is given to every
   * request it sends: they make each a single try.
   */
  retrying<T>(
    work: (attempt: number, options: CallOptions) => Promise<T>,
    options?: CallOptions,
  ): Promise<T>;
  close(): Promise<void>;
}

/** A bucket as one side of a job sees it: through a client with that side's credentials. */
export interface S3Bucket {
  readonly s3: S3Client;
  readonly name: string;
  /** Scheme and host of its service, where that is known. */
  readonly endpoint?: string | undefined;
  /** Sent with every request to it: `x-amz-request-payer`, `x-amz-expected-bucket-owner`. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Whether it is a directory bucket whatever its name, as where a proxy gives it another one. */
  readonly isDirectory?: boolean | undefined;
}
