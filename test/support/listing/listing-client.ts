import type { CallOptions, S3Request } from "../../../src/s3/client.ts";
import type { HttpReply } from "../../../src/s3/transport.ts";
import { type FakeAnswer, FakeClient } from "../fake-client.ts";
import { indexBehind, type SortedKeys } from "./sorted-keys.ts";

/** How a fake bucket answers. */
export interface ListingOptions {
  /** From 0 up to 1. */
  readonly random: () => number;
  /** The most keys on a page. */
  readonly pageSize: number;
  /** How likely a page is cut short, perhaps to nothing, and goes on by its token. */
  readonly shortPages?: number;
  /** Asked before each answer to a list request: what goes wrong with it. */
  readonly fault?: (query: Readonly<Record<string, string | undefined>>) => FakeAnswer | undefined;
}

/** A client of a bucket that can only be listed (ListObjectsV2): its answers come in any order. */
export class ListingClient extends FakeClient {
  readonly #random: () => number;
  /** Requests that are not answered yet. */
  underWay = 0;
  mostUnderWay = 0;

  constructor(keys: SortedKeys, options: ListingOptions) {
    super(({ query = {} }) => options.fault?.(query) ?? { body: pageOf(keys, query, options) });
    this.#random = options.random;
  }

  override async send(request: S3Request, options: CallOptions = {}): Promise<HttpReply> {
    this.mostUnderWay = Math.max(this.mostUnderWay, ++this.underWay);
    try {
      for (let turns = Math.floor(this.#random() * 20); turns > 0; turns--) {
        await new Promise((resolve) => {
          setImmediate(resolve);
        });
        options.signal?.throwIfAborted();
      }
      return await super.send(request);
    } finally {
      this.underWay--;
    }
  }

  override async fetch(
    request: S3Request,
    options: CallOptions = {},
  ): Promise<{ reply: HttpReply; bytes: Buffer }> {
    const reply = await this.send(request, options);
    return { reply, bytes: await reply.bytes(Number.MAX_SAFE_INTEGER) };
  }
}

function pageOf(
  keys: SortedKeys,
  query: Readonly<Record<string, string | undefined>>,
  { random, pageSize, shortPages = 0 }: ListingOptions,
): string {
  const prefix = Buffer.from(query["prefix"] ?? "");
  const delimiter = query["delimiter"];
  const startAfter = query["start-after"];
  const token = query["continuation-token"];
  const behind = startAfter === undefined ? 0 : indexBehind(keys, Buffer.from(startAfter));
  let most = Math.min(pageSize, Number(query["max-keys"] ?? 1000));
  if (random() < shortPages) most = Math.floor(random() * most);

  const hasPrefix = (key: Uint8Array): boolean =>
    Buffer.compare(key.subarray(0, prefix.length), prefix) === 0;
  let at = token === undefined ? behind : Number.parseInt(token, 10);
  while (at < keys.size && Buffer.compare(keys.at(at), prefix) < 0) at++;
  let body = "";
  for (let count = 0; count < most && at < keys.size && hasPrefix(keys.at(at)); count++) {
    const key = keys.at(at);
    const end = delimiter === undefined ? -1 : key.indexOf(delimiter.charCodeAt(0), prefix.length);
    if (end < 0) {
      body += objectOf(key);
      at++;
      continue;
    }
    const folder = key.subarray(0, end + 1);
    body += `<CommonPrefixes><Prefix>${encoded(folder)}</Prefix></CommonPrefixes>`;
    at = indexBehind(keys, Buffer.concat([folder, Buffer.from([0xff])]));
  }
  const isTruncated = at < keys.size && hasPrefix(keys.at(at));
  return (
    `<ListBucketResult><EncodingType>url</EncodingType><IsTruncated>${isTruncated}</IsTruncated>` +
    `${isTruncated ? `<NextContinuationToken>${at}-${random()}</NextContinuationToken>` : ""}${body}</ListBucketResult>`
  );
}

function objectOf(key: Uint8Array): string {
  return (
    `<Contents><Key>${encoded(key)}</Key><LastModified>2024-05-06T07:08:09.000Z</LastModified>` +
    `<ETag>&quot;0123456789abcdef0123456789abcdef&quot;</ETag><Size>${key.length}</Size>` +
    `<StorageClass>STANDARD</StorageClass></Contents>`
  );
}

function encoded(key: Uint8Array): string {
  return encodeURIComponent(Buffer.from(key).toString());
}
