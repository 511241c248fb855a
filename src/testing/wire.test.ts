import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { after, before, describe, test } from "node:test";

import {
  CreateBucketCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  ListBucketsCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  S3Client,
} from "@aws-sdk/client-s3";

import { rawRequest, sign } from "./raw-request.ts";
import { startServer } from "./server.ts";
import type { LoggedRequest, S3Server } from "./server.ts";

const account = { accessKeyId: "AKALICE", secretAccessKey: "secret" };
let server: S3Server;

before(async () => {
  server = await startServer({ accounts: [account], hostSuffix: "s3.example" });
  await rawRequest(server.port, account, { method: "PUT", target: "/photos" });
});

after(async () => {
  await server.close();
  assert.deepEqual(server.bugs, []);
});

/** Sends bytes as they are and gives all that comes until the connection ends, or `until` does. */
async function talk(text: string, until?: string): Promise<string> {
  const socket = connect(server.port, "127.0.0.1");
  await once(socket, "connect");
  let received = "";
  socket.on("data", (chunk: Buffer) => {
    received += chunk.toString("latin1");
    if (until !== undefined && received.includes(until)) socket.destroy();
  });
  socket.write(text);
  await once(socket, "close");
  return received;
}

function requestText(
  method: string,
  target: string,
  headers: Record<string, string>,
  body = "",
): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${target} HTTP/1.1\r\n${lines.join("")}\r\n${body}`;
}

describe("a reply", () => {
  test("has ids, a date and the server's name", async () => {
    const reply = await rawRequest(server.port, account, { method: "HEAD", target: "/photos" });
    assert.match(reply.headers["x-amz-request-id"] ?? "", /^[0-9A-F]{16}$/);
    assert.ok(reply.headers["x-amz-id-2"]);
    assert.ok(!Number.isNaN(Date.parse(reply.headers["date"] ?? "")));
    assert.equal(reply.headers["server"], "AmazonS3");
  });

  test("comes on a connection that stays open for the next request", async () => {
    const headers = sign(account, { method: "HEAD", target: "/photos", host: "h" });
    const one = requestText("HEAD", "/photos", headers);
    const last = requestText("HEAD", "/photos", { ...headers, connection: "close" });
    const received = await talk(one + one + last);
    assert.equal(received.match(/HTTP\/1.1 200 OK/g)?.length, 3);
  });
});

describe("a PUT", () => {
  test("without a length is 411", async () => {
    const request = { method: "PUT", target: "/photos/key", host: "h", withLength: false };
    const text = requestText("PUT", request.target, sign(account, request));
    assert.match(await talk(text, "</Error>"), /^HTTP\/1.1 411 .*<Code>MissingContentLength</s);
  });

  test("that asks first is told to go on, and then sends its body", async () => {
    const body = "the body";
    const request = { method: "PUT", target: "/photos/asked", host: "h", body };
    const headers = { ...sign(account, request), expect: "100-continue" };
    const received = await talk(requestText("PUT", request.target, headers, body), "etag");
    assert.match(received, /^HTTP\/1.1 100 Continue\r\n\r\nHTTP\/1.1 200 OK/);
    assert.equal(server.store.bytes("photos", "asked")?.toString(), body);
  });

  test("that asks first and is refused hears so at once", async () => {
    const request = { method: "PUT", target: "/nowhere/key", host: "h", body: "never sent" };
    const headers = { ...sign(account, request), expect: "100-continue" };
    const received = await talk(requestText("PUT", request.target, headers));
    assert.match(received, /^HTTP\/1.1 404 Not Found/);
    assert.match(received, /connection: close/i);
  });

  test("that asks first and is too large is not told to go on", async () => {
    const request = { method: "PUT", target: "/photos/large", host: "h", withLength: false };
    const length = { "content-length": String(6 * 1024 ** 3), expect: "100-continue" };
    const headers = { ...sign(account, request), ...length };
    const received = await talk(requestText("PUT", request.target, headers));
    assert.match(received, /^HTTP\/1.1 400 Bad Request.*<Code>EntityTooLarge</s);
  });

  test("whose client leaves in mid-body writes nothing", async () => {
    const request = { method: "PUT", target: "/photos/half", host: "h", body: "0123456789" };
    const text = requestText("PUT", request.target, sign(account, request), "01234");
    const socket = connect(server.port, "127.0.0.1");
    await once(socket, "connect");
    const done = new Promise<LoggedRequest>((resolve) => {
      const stop = server.requests.listen((logged) => {
        stop();
        resolve(logged);
      });
    });
    socket.end(text);
    assert.deepEqual(
      { ...(await done) },
      {
        operation: "PutObject",
        bucket: "photos",
        key: "half",
        accessKeyId: account.accessKeyId,
        status: 0,
      },
    );
    assert.equal(server.store.object("photos", "half"), undefined);
  });
});

describe("a client that leaves in mid-reply", () => {
  for (const kind of ["tornRead", "delay"] as const) {
    test(`does no harm, also under ${kind}`, async () => {
      server.putObject("photos", "huge", Buffer.alloc(30_000_000));
      server.faults.add({ kind, operation: "GetObject", count: 1, delayMs: 1 });
      const headers = sign(account, { method: "GET", target: "/photos/huge", host: "h" });
      await talk(requestText("GET", "/photos/huge", headers), "HTTP/1.1 200 OK");
      const after = await rawRequest(server.port, account, { method: "HEAD", target: "/photos" });
      assert.equal(after.status, 200);
      server.faults.clear();
    });
  }
});

describe("virtual-hosted style", () => {
  for (const host of ["photos.localhost", "photos.s3.example", "photos.localhost:1234"]) {
    test(`finds the bucket in ${host}`, async () => {
      const request = { method: "PUT", target: "/virtual/key", host, body: "x" };
      assert.equal((await rawRequest(server.port, account, request)).status, 200);
      assert.equal(server.store.bytes("photos", "virtual/key")?.toString(), "x");
      const list = { method: "GET", target: "/?list-type=2&prefix=virtual", host };
      assert.match((await rawRequest(server.port, account, list)).text, /<Key>virtual\/key</);
    });
  }

  test("is what the AWS SDK speaks unless told otherwise", async () => {
    const s3 = new S3Client({
      endpoint: `http://localhost:${server.port}`,
      region: server.region,
      credentials: account,
      // Names under localhost need a resolver that knows them; here the address is given instead.
      requestHandler: { httpAgent: { lookup } },
    });
    await s3.send(new PutObjectCommand({ Bucket: "photos", Key: "sdk key", Body: "x" }));
    const got = await s3.send(new GetObjectCommand({ Bucket: "photos", Key: "sdk key" }));
    assert.equal(await got.Body?.transformToString(), "x");
    s3.destroy();
  });
});

test("methods that S3 does not have are refused", async () => {
  for (const target of ["/", "/photos", "/photos/key"]) {
    const reply = await rawRequest(server.port, account, { method: "PATCH", target });
    assert.deepEqual([reply.status, reply.code], [405, "MethodNotAllowed"], target);
  }
});

test("requests are counted by operation, refused ones too", async () => {
  const own = await startServer({ accounts: [account] });
  const s3 = new S3Client({
    endpoint: own.url,
    region: own.region,
    forcePathStyle: true,
    credentials: account,
  });
  await s3.send(new CreateBucketCommand({ Bucket: "photos" }));
  await assert.rejects(s3.send(new GetObjectCommand({ Bucket: "photos", Key: "none" })));
  await s3.send(new ListBucketsCommand({}));
  await s3.send(new ListBucketsCommand({}));
  assert.deepEqual(own.requests.byOperation(), { CreateBucket: 1, GetObject: 1, ListBuckets: 2 });
  assert.deepEqual([own.requests.total, own.requests.count("PutObject")], [4, 0]);
  own.requests.clear();
  assert.equal(own.requests.total, 0);
  s3.destroy();
  await own.close();
});

test("tags are put, read and bounded by themselves", async () => {
  const s3 = new S3Client({
    endpoint: server.url,
    region: server.region,
    forcePathStyle: true,
    credentials: account,
  });
  const at = { Bucket: "photos", Key: "tagged" };
  await s3.send(new PutObjectCommand({ ...at, Body: "x", Tagging: "a=1" }));
  const TagSet = [{ Key: " b & c ", Value: "é" }];
  await s3.send(new PutObjectTaggingCommand({ ...at, Tagging: { TagSet } }));
  assert.deepEqual((await s3.send(new GetObjectTaggingCommand(at))).TagSet, TagSet);
  assert.equal(server.store.bytes("photos", "tagged")?.toString(), "x");
  const many = Array.from({ length: 11 }, (_, index) => ({ Key: `k${index}`, Value: "" }));
  const sent = s3.send(new PutObjectTaggingCommand({ ...at, Tagging: { TagSet: many } }));
  await assert.rejects(sent, { name: "BadRequest" });
  s3.destroy();
});

type Found = (
  error: null,
  address: string | { address: string; family: number }[],
  family?: number,
) => void;

function lookup(_name: string, options: { all?: boolean }, found: Found): void {
  if (options.all === true) found(null, [{ address: "127.0.0.1", family: 4 }]);
  else found(null, "127.0.0.1", 4);
}
