import type { CallOptions, S3Bucket, S3Client, S3Request } from "../../src/s3/client.ts";
import type { HttpReply } from "../../src/s3/transport.ts";

/** What a test does to the requests of a bucket, and to the replies; each may be left out. */
export interface Interference {
  readonly request?: (request: S3Request) => S3Request | Promise<S3Request>;
  readonly reply?: (reply: HttpReply, request: S3Request) => HttpReply;
}

/** A bucket whose requests and replies pass through a test's hands, as on a server with another mind. */
export function interfered(bucket: S3Bucket, { request, reply }: Interference): S3Bucket {
  const { s3 } = bucket;
  const changed = async (asked: S3Request): Promise<S3Request> => (await request?.(asked)) ?? asked;
  const replied = (given: HttpReply, asked: S3Request): HttpReply => reply?.(given, asked) ?? given;
  const client: S3Client = {
    async send(asked: S3Request, options?: CallOptions) {
      const sent = await changed(asked);
      return replied(await s3.send(sent, options), sent);
    },
    async fetch(asked: S3Request, options?: CallOptions) {
      const sent = await changed(asked);
      const { reply: given, bytes } = await s3.fetch(sent, options);
      return { reply: replied(given, sent), bytes };
    },
    retrying: (work, options) => s3.retrying(work, options),
    close: () => s3.close(),
  };
  return { ...bucket, s3: client };
}

/** A bucket on a server that takes no notice of part numbers in HEAD and GET, as radosgw. */
export function withoutPartNumbers(bucket: S3Bucket): S3Bucket {
  return interfered(bucket, {
    request: (asked) =>
      asked.method === "HEAD" || asked.method === "GET"
        ? { ...asked, query: { ...asked.query, partNumber: undefined } }
        : asked,
  });
}
