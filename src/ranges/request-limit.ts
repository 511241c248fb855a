import type { CallOptions, S3Client } from "../s3/client.ts";

/** As many requests were sent as may be. */
export class RequestsSpent extends Error {
  override readonly name: string = "RequestsSpent";
}

/**
 * A client that counts requests and sends no more than some: each beyond throws RequestsSpent. What
 * is tried again counts once.
 */
export class RequestLimit implements S3Client {
  sent = 0;
  most: number;
  readonly #s3: S3Client;

  constructor(s3: S3Client, most: number) {
    this.#s3 = s3;
    this.most = most;
  }

  send(...args: Parameters<S3Client["send"]>): ReturnType<S3Client["send"]> {
    return this.#s3.send(...args);
  }

  fetch(...args: Parameters<S3Client["fetch"]>): ReturnType<S3Client["fetch"]> {
    return this.#s3.fetch(...args);
  }

  /** Where list requests come through. */
  async retrying<T>(
    work: (attempt: number, options: CallOptions) => Promise<T>,
    options?: CallOptions,
  ): Promise<T> {
    if (this.sent >= this.most) throw new RequestsSpent("requests spent");
    this.sent++;
    return await this.#s3.retrying(work, options);
  }

  close(): Promise<void> {
    return this.#s3.close();
  }
}
