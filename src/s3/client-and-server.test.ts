import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";

import { randomKey, seededRandom } from "../../test/support/random.ts";
import { type Fault, type S3Server, startServer } from "../testing/server.ts";
import { parseEndpoint } from "./address.ts";
import type { S3Client, S3Request } from "./client.ts";
import { createS3Client, type S3ClientOptions } from "./create-client.ts";
import { wireTransport } from "../http/wire.ts";

const account = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret/with+signs=" };
const bucket = "photos";

describe("S3Client and a server that checks signatures", () => {
  let server: S3Server;
  // The server's clock is the machine's, plus this.
  let aheadMs = 0;
  const clients: S3Client[] = [];

  before(async () => {
    server = await startServer({
      accounts: [account],
      region: "eu-west-1",
      now: () => new Date(Date.now() + aheadMs),
    });
    await client().fetch({ operation: "CreateBucket", method: "PUT", bucket });
  });

  afterEach(async () => {
    server.faults.clear();
    aheadMs = 0;
    await Promise.all(clients.splice(0).map((s3) => s3.close()));
  });

  after(async () => {
    assert.deepEqual(server.bugs, []);
    await server.close();
  });

  function client(options: Partial<S3ClientOptions> = {}): S3Client {
    const s3 = createS3Client({
      transport: wireTransport({ connections: 8, connectTimeoutMs: 5000 }),
      endpoint: parseEndpoint(server.url),
      region: "eu-west-1",
      credentials: () => Promise.resolve(account),
      // Faults come on purpose here: no need to wait for better times.
      retry: { baseMs: 1, capMs: 1 },
      ...options,
    });
    clients.push(s3);
    return s3;
  }

  test("agree on every key", async () => {
    const s3 = client();
    const random = seededRandom(3);
    const keys = new Set(Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte)));
    keys.delete("\0");
    for (const key of ["/", "//", "a//b", "./a", "../a", "a/..", "a/./b", "a/", "é".repeat(512)])
      keys.add(key);
    while (keys.size < 500) keys.add(randomKey(random));
    for (const key of keys) {
      await s3.fetch(put(key, key));
      assert.equal((await s3.fetch(get(key))).bytes.toString(), key, JSON.stringify(key));
    }
  });

  test("agree on queries and headers with every byte that may stand there", async () => {
    const s3 = client();
    await s3.fetch(put("headers", "x"));
    for (let byte = 0x20; byte < 0x100; byte++) {
      // 7F is no part of a header.
      if (byte === 0x7f) continue;
      const character = String.fromCharCode(byte);
      await s3.fetch({
        ...put("headers", "x"),
        headers: { "x-amz-meta-a": `a ${character}  b${character}`, "cache-control": "no-cache" },
      });
      await s3.fetch({
        operation: "ListObjectsV2",
        method: "GET",
        bucket,
        query: {
          "list-type": "2",
          prefix: character,
          "start-after": `a${character}`,
          "max-keys": "1",
        },
      });
    }
  });

  test("agree on a body that streams", async () => {
    const s3 = client();
    async function* body(): AsyncGenerator<Uint8Array> {
      for (let i = 0; i < 100; i++) yield Buffer.alloc(10_000, i);
    }
    await s3.fetch({ ...put("stream", ""), body, bodyLength: 1_000_000 });
    const reply = await s3.send(get("stream"));
    let at = 0;
    for await (const chunk of reply.stream()) {
      for (const byte of chunk) assert.equal(byte, Math.floor(at++ / 10_000));
    }
    assert.equal(at, 1_000_000);
  });

  test("do not agree on a wrong secret, or an unknown key", async () => {
    const wrong = { ...account, secretAccessKey: "wrong" };
    await assert.rejects(client({ credentials: () => Promise.resolve(wrong) }).fetch(get("a")), {
      code: "SignatureDoesNotMatch",
    });
    const unknown = { ...account, accessKeyId: "UNKNOWN" };
    await assert.rejects(client({ credentials: () => Promise.resolve(unknown) }).fetch(get("a")), {
      code: "InvalidAccessKeyId",
    });
  });

  test("find the server's region", async () => {
    const s3 = client({ region: "us-east-1" });
    await s3.fetch(put("region", "x"));
    server.requests.clear();
    await s3.fetch(get("region"));
    assert.equal(server.requests.total, 1, "once it is known there is no other question");
  });

  for (const hours of [-5, 5]) {
    test(`find the server's time (${hours} hours off)`, async () => {
      const writer = client();
      await writer.fetch(put("time", "x"));
      aheadMs = hours * 3_600_000;
      assert.equal((await client().fetch(get("time"))).bytes.toString(), "x");
      const head = await client().send({ ...get("time"), operation: "HeadObject", method: "HEAD" });
      assert.equal(head.status, 200);
    });
  }

  describe("get there in the end", () => {
    const faults: Fault[] = [
      { kind: "slowDown", count: 3 },
      { kind: "internalError", count: 3 },
      { kind: "resetBefore", count: 3 },
      { kind: "resetAfter", count: 3 },
      { kind: "cutBody", operation: "GetObject", count: 3 },
      { kind: "cutBody", operation: "GetObject", count: 1, afterBytes: 0 },
      { kind: "errorInside200", operation: "CopyObject", count: 3, code: "SlowDown" },
      { kind: "errorInside200", operation: "CopyObject", count: 3, withEffect: true },
      { kind: "early200", operation: "CopyObject", delayMs: 50 },
    ];
    for (const fault of faults) {
      test(`with ${JSON.stringify(fault)}`, async () => {
        const s3 = client();
        // An answer first: without one the client takes the endpoint for a wrong one.
        await s3.fetch(put("first", "x"));
        server.faults.add(fault);
        await s3.fetch(put("source", "the bytes"));
        await s3.fetch({
          operation: "CopyObject",
          method: "PUT",
          bucket,
          key: "copy",
          headers: { "x-amz-copy-source": `/${bucket}/source` },
        });
        assert.equal((await s3.fetch(get("copy"))).bytes.toString(), "the bytes");
        assert.ok(server.faults.struck(fault.kind) >= (fault.count ?? 1));
      });
    }

    test("with a pump of one object into another that breaks in every way", async () => {
      const s3 = client({ retry: { baseMs: 1, capMs: 1, maxAttempts: 40 } });
      const size = 300_000;
      await s3.fetch({ ...put("source", ""), body: Buffer.alloc(size, "abc") });
      server.faults.add(
        { kind: "cutBody", operation: "GetObject", count: 4 },
        { kind: "resetBefore", operation: "PutObject", count: 4 },
        { kind: "resetAfter", operation: "PutObject", count: 4 },
        { kind: "internalError", operation: "PutObject", count: 4 },
        { kind: "slowDown", operation: "GetObject", count: 4 },
      );
      await s3.retrying(async (_attempt, options) => {
        const source = await s3.send(get("source"), options);
        const body = (): AsyncIterable<Uint8Array> => source.stream();
        await s3.fetch({ ...put("target", ""), body, bodyLength: size }, options);
      });
      server.faults.clear();
      const { bytes } = await s3.fetch(get("target"));
      assert.ok(bytes.equals(Buffer.alloc(size, "abc")));
    });
  });

  test("are not begun twice when the answer was lost", async () => {
    const s3 = client();
    await s3.fetch(put("first", "x"));
    server.faults.add({ kind: "resetAfter", operation: "CreateMultipartUpload", count: 1 });
    server.requests.clear();
    await assert.rejects(
      s3.fetch({
        operation: "CreateMultipartUpload",
        method: "POST",
        bucket,
        key: "a",
        query: { uploads: "" },
        idempotent: false,
      }),
      { name: "TransportError", stage: "sent" },
    );
    assert.equal(server.requests.count("CreateMultipartUpload"), 1);
  });
});

function put(key: string, text: string): S3Request {
  return { operation: "PutObject", method: "PUT", bucket, key, body: Buffer.from(text) };
}

function get(key: string): S3Request {
  return { operation: "GetObject", method: "GET", bucket, key };
}
