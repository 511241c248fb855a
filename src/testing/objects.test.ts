import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, describe, test } from "node:test";

import {
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";

import { rawRequest } from "./raw-request.ts";
import type { RawReply, RawRequest } from "./raw-request.ts";
import { startServer } from "./server.ts";
import type { S3Server } from "./server.ts";

const account = { accessKeyId: "AKALICE", secretAccessKey: "secret" };
let server: S3Server;
let s3: S3Client;

before(async () => {
  server = await startServer({ accounts: [account], maxPutBytes: 1_000_000 });
  s3 = new S3Client({
    endpoint: server.url,
    region: server.region,
    forcePathStyle: true,
    credentials: account,
  });
  await raw({ method: "PUT", target: "/photos" });
});

after(async () => {
  s3.destroy();
  await server.close();
  assert.deepEqual(server.bugs, []);
});

function raw(request: RawRequest): Promise<RawReply> {
  return rawRequest(server.port, account, request);
}

describe("keys", () => {
  const keys = [
    "plain",
    "dir/",
    "dir//",
    "/leading",
    "//",
    ".",
    "..",
    "a/./b/../c",
    "space and+plus%2B%",
    "tab\tnewline\ncr\r",
    "nul\u0000 and \u0001 and \u007f",
    "é and é",
    "\u{1f600}\uffee",
    "!'()*~-_.;:@&=$,#?[]{}|\\^`<>\"",
    "k".repeat(1024),
    "é".repeat(512),
  ];
  for (const key of keys) {
    test(`keeps ${JSON.stringify(key.slice(0, 40))} apart from all others`, async () => {
      const Body = `the body of ${key}`;
      await s3.send(new PutObjectCommand({ Bucket: "photos", Key: key, Body }));
      assert.equal(server.store.bytes("photos", key)?.toString(), Body);
      const got = await s3.send(new GetObjectCommand({ Bucket: "photos", Key: key }));
      assert.equal(await got.Body?.transformToString(), Body);
    });
  }

  test("refuses a key of more than 1024 bytes", async () => {
    const reply = await raw({ method: "PUT", target: `/photos/${"k".repeat(1025)}` });
    assert.deepEqual([reply.status, reply.code], [400, "KeyTooLongError"]);
  });

  test("refuses a path that is not UTF-8", async () => {
    const reply = await raw({ method: "GET", target: "/photos/%ff" });
    assert.deepEqual([reply.status, reply.code], [400, "InvalidURI"]);
  });
});

describe("a GET", () => {
  const body = "0123456789";
  const etag = `"${createHash("md5").update(body).digest("hex")}"`;
  before(async () => {
    await raw({ method: "PUT", target: "/photos/digits", body });
    await raw({ method: "PUT", target: "/photos/empty" });
  });

  const ranges = [
    { range: "bytes=2-4", status: 206, text: "234", contentRange: "bytes 2-4/10" },
    { range: "bytes=2-", status: 206, text: "23456789", contentRange: "bytes 2-9/10" },
    { range: "bytes=-3", status: 206, text: "789", contentRange: "bytes 7-9/10" },
    { range: "bytes=-99", status: 206, text: body, contentRange: "bytes 0-9/10" },
    { range: "bytes=9-99", status: 206, text: "9", contentRange: "bytes 9-9/10" },
    { range: "bytes=0-1,3-4", status: 200, text: body, contentRange: undefined },
    { range: "bytes=4-2", status: 200, text: body, contentRange: undefined },
    { range: "lines=1-2", status: 200, text: body, contentRange: undefined },
  ];
  for (const { range, status, text, contentRange } of ranges) {
    test(`answers Range: ${range}`, async () => {
      const reply = await raw({ method: "GET", target: "/photos/digits", headers: { range } });
      assert.equal(reply.status, status);
      assert.equal(reply.text, text);
      assert.equal(reply.headers["content-range"], contentRange);
      assert.equal(reply.headers["content-length"], String(text.length));
    });
  }

  for (const [target, range] of [
    ["/photos/digits", "bytes=10-"],
    ["/photos/digits", "bytes=-0"],
    ["/photos/empty", "bytes=0-"],
  ] as const) {
    test(`refuses ${range} of ${target}`, async () => {
      const reply = await raw({ method: "GET", target, headers: { range } });
      assert.deepEqual([reply.status, reply.code], [416, "InvalidRange"]);
    });
  }

  const past = "Mon, 01 Jan 2001 00:00:00 GMT";
  const future = "Fri, 01 Jan 2100 00:00:00 GMT";
  const conditions: { headers: Record<string, string>; status: number }[] = [
    { headers: { "if-match": etag }, status: 200 },
    { headers: { "if-match": etag.replaceAll('"', "") }, status: 200 },
    { headers: { "if-match": `"other", ${etag}` }, status: 200 },
    { headers: { "if-match": '"other"' }, status: 412 },
    { headers: { "if-none-match": etag }, status: 304 },
    { headers: { "if-none-match": '"other"' }, status: 200 },
    { headers: { "if-modified-since": past }, status: 200 },
    { headers: { "if-modified-since": future }, status: 304 },
    { headers: { "if-unmodified-since": past }, status: 412 },
    { headers: { "if-unmodified-since": future }, status: 200 },
    { headers: { "if-match": etag, "if-unmodified-since": past }, status: 200 },
    { headers: { "if-none-match": '"other"', "if-modified-since": future }, status: 200 },
    { headers: { "if-none-match": etag, "if-modified-since": past }, status: 304 },
    { headers: { "if-match": '"other"', "if-none-match": etag }, status: 412 },
  ];
  for (const { headers, status } of conditions) {
    for (const method of ["GET", "HEAD"]) {
      test(`answers a ${method} with ${JSON.stringify(headers)} by ${status}`, async () => {
        const reply = await raw({ method, target: "/photos/digits", headers });
        assert.equal(reply.status, status);
        if (status !== 412) assert.equal(reply.headers["etag"], etag);
        const hasBody = method === "GET" && status !== 304;
        assert.equal(reply.body.length > 0, hasBody);
      });
    }
  }

  test("sets the headers that the query asks for", async () => {
    const query =
      "response-cache-control=no-cache&response-content-type=text%2Fplain%3B%20charset%3Dutf-8";
    const reply = await raw({ method: "GET", target: `/photos/digits?${query}` });
    assert.equal(reply.headers["cache-control"], "no-cache");
    assert.equal(reply.headers["content-type"], "text/plain; charset=utf-8");
  });

  test("refuses a line break in a header that the query asks for", async () => {
    const target = "/photos/digits?response-content-type=a%0D%0Ax-amz-meta-b%3A%20c";
    const reply = await raw({ method: "GET", target });
    assert.deepEqual([reply.status, reply.code], [400, "InvalidArgument"]);
  });

  test("of a missing key is a 404 that names it; a HEAD has no body", async () => {
    const reply = await raw({ method: "GET", target: "/photos/none" });
    assert.deepEqual([reply.status, reply.code], [404, "NoSuchKey"]);
    assert.match(reply.text, /<Key>none<\/Key>/);
    assert.match(reply.text, /<RequestId>\w{16}<\/RequestId>/);
    const head = await raw({ method: "HEAD", target: "/photos/none" });
    assert.deepEqual([head.status, head.text], [404, ""]);
  });

  test("of a missing bucket is NoSuchBucket", async () => {
    const reply = await raw({ method: "GET", target: "/nowhere/none" });
    assert.deepEqual([reply.status, reply.code], [404, "NoSuchBucket"]);
  });
});

describe("a PUT", () => {
  test("keeps standard headers and metadata and gives them back", async () => {
    await raw({
      method: "PUT",
      target: "/photos/described",
      body: "x",
      headers: {
        "cache-control": "max-age=60",
        "content-disposition": 'attachment; filename="a.txt"',
        "content-encoding": "aws-chunked,gzip",
        "content-language": "de",
        "content-type": "text/plain",
        expires: "Thu, 01 Jan 2100 00:00:00 GMT",
        "x-amz-meta-Case-Name": "Value",
        "x-amz-storage-class": "STANDARD_IA",
        "x-amz-website-redirect-location": "/elsewhere",
        "x-amz-tagging": "a=1&b=x%20y",
      },
    }).then(({ status }) => assert.equal(status, 200));
    const { headers } = await raw({ method: "HEAD", target: "/photos/described" });
    assert.equal(headers["cache-control"], "max-age=60");
    assert.equal(headers["content-disposition"], 'attachment; filename="a.txt"');
    assert.equal(headers["content-encoding"], "gzip");
    assert.equal(headers["content-language"], "de");
    assert.equal(headers["content-type"], "text/plain");
    assert.equal(headers["expires"], "Thu, 01 Jan 2100 00:00:00 GMT");
    assert.equal(headers["x-amz-meta-case-name"], "Value");
    assert.equal(headers["x-amz-storage-class"], "STANDARD_IA");
    assert.equal(headers["x-amz-website-redirect-location"], "/elsewhere");
    assert.equal(headers["x-amz-tagging-count"], "2");
    assert.equal(headers["x-amz-server-side-encryption"], "AES256");
  });

  test("without a type makes binary/octet-stream of class STANDARD, which no header names", async () => {
    await raw({ method: "PUT", target: "/photos/bare", body: "x" });
    const { headers } = await raw({ method: "HEAD", target: "/photos/bare" });
    assert.equal(headers["content-type"], "binary/octet-stream");
    assert.equal(headers["x-amz-storage-class"], undefined);
  });

  const metadata = [
    { name: "raw bytes are Latin-1", sent: "Ã\u0084", back: "=?UTF-8?B?w4PChA==?=" },
    {
      name: "an encoded word comes back as it was",
      sent: "=?UTF-8?B?w4Q=?=",
      back: "=?UTF-8?B?w4Q=?=",
    },
    {
      name: "a Q-encoded word comes back in B",
      sent: "=?utf-8?Q?=C3=84_x?=",
      back: "=?UTF-8?B?w4QgeA==?=",
    },
    {
      name: "an encoded word that need not be one comes back plain",
      sent: "=?UTF-8?B?YWJj?=",
      back: "abc",
    },
  ];
  for (const { name, sent, back } of metadata) {
    test(`reads metadata as S3 does: ${name}`, async () => {
      const headers = { "x-amz-meta-name": sent };
      await raw({ method: "PUT", target: "/photos/meta", headers });
      const reply = await raw({ method: "HEAD", target: "/photos/meta" });
      assert.equal(reply.headers["x-amz-meta-name"], back);
    });
  }

  const refused: { name: string; request: Partial<RawRequest>; answer: [number, string] }[] = [
    {
      name: "more than 2 KB of metadata",
      request: { headers: { "x-amz-meta-a": "x".repeat(2048) } },
      answer: [400, "MetadataTooLarge"],
    },
    {
      name: "a Content-MD5 that is wrong",
      request: { body: "x", headers: { "content-md5": "AAAAAAAAAAAAAAAAAAAAAA==" } },
      answer: [400, "BadDigest"],
    },
    {
      name: "a Content-MD5 that is none",
      request: { body: "x", headers: { "content-md5": "AAAA" } },
      answer: [400, "InvalidDigest"],
    },
    {
      name: "a body that is not the one signed",
      request: { body: "x", payloadHash: "0".repeat(64) },
      answer: [400, "XAmzContentSHA256Mismatch"],
    },
    {
      name: "a payload hash that is none",
      request: { body: "x", payloadHash: "nonsense" },
      answer: [400, "InvalidArgument"],
    },
    {
      name: "a body that is too large",
      request: { body: Buffer.alloc(1_000_001) },
      answer: [400, "EntityTooLarge"],
    },
    {
      name: "an unknown storage class",
      request: { headers: { "x-amz-storage-class": "COLD" } },
      answer: [400, "InvalidStorageClass"],
    },
    {
      name: "a public ACL",
      request: { headers: { "x-amz-acl": "public-read" } },
      answer: [400, "AccessControlListNotSupported"],
    },
    {
      name: "eleven tags",
      request: { headers: { "x-amz-tagging": "a&b&c&d&e&f&g&h&i&j&k".replace(/\w/g, "$&=1") } },
      answer: [400, "BadRequest"],
    },
    {
      name: "the same tag twice",
      request: { headers: { "x-amz-tagging": "a=1&a=2" } },
      answer: [400, "InvalidTag"],
    },
    {
      name: "an append",
      request: { headers: { "x-amz-write-offset-bytes": "0" } },
      answer: [501, "NotImplemented"],
    },
  ];
  for (const { name, request, answer } of refused) {
    test(`refuses ${name} and changes nothing`, async () => {
      const reply = await raw({ method: "PUT", target: "/photos/refused", ...request });
      assert.deepEqual([reply.status, reply.code], answer);
      assert.equal(server.store.object("photos", "refused"), undefined);
    });
  }

  for (const subresource of [
    "torrent",
    "annotation",
    "renameObject",
    "encryption",
    "partNumber=1",
    "retention",
  ]) {
    test(`with the subresource ${subresource} is not taken for a plain one`, async () => {
      const reply = await raw({
        method: "PUT",
        target: `/photos/refused?${subresource}`,
        body: "x",
      });
      assert.deepEqual([reply.status, reply.code], [501, "NotImplemented"]);
      assert.equal(server.store.object("photos", "refused"), undefined);
    });
  }

  test("of unknown length is refused unless its own framing says the length", async () => {
    const reply = await raw({
      method: "PUT",
      target: "/photos/refused",
      body: "x",
      headers: { "transfer-encoding": "chunked" },
    });
    assert.deepEqual([reply.status, reply.code], [501, "NotImplemented"]);
  });
});

describe("conditional writes", () => {
  const cases = [
    {
      name: "If-None-Match: * where nothing is",
      key: "new",
      header: "if-none-match",
      value: "*",
      status: 200,
    },
    {
      name: "If-None-Match: * where something is",
      key: "old",
      header: "if-none-match",
      value: "*",
      status: 412,
    },
    {
      name: "If-None-Match with an ETag",
      key: "old",
      header: "if-none-match",
      value: '"x"',
      status: 501,
    },
    {
      name: "If-Match with the right ETag",
      key: "old",
      header: "if-match",
      value: "etag",
      status: 200,
    },
    {
      name: "If-Match with a wrong ETag",
      key: "old",
      header: "if-match",
      value: '"x"',
      status: 412,
    },
    {
      name: "If-Match where nothing is",
      key: "new",
      header: "if-match",
      value: '"x"',
      status: 404,
    },
  ];
  for (const { name, key, header, value, status } of cases) {
    test(`answers ${status} to ${name}`, async () => {
      await raw({ method: "DELETE", target: "/photos/new" });
      const { headers } = await raw({ method: "PUT", target: "/photos/old", body: "old" });
      const condition = { [header]: value === "etag" ? headers["etag"]! : value };
      const reply = await raw({
        method: "PUT",
        target: `/photos/${key}`,
        body: "!",
        headers: condition,
      });
      assert.equal(reply.status, status);
      const isWritten = server.store.bytes("photos", key)?.toString() === "!";
      assert.equal(isWritten, status === 200);
    });
  }

  test("let exactly one of many writers win", async () => {
    await raw({ method: "DELETE", target: "/photos/race" });
    const headers = { "if-none-match": "*" };
    const replies = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        raw({ method: "PUT", target: "/photos/race", body: `writer ${index}`, headers }),
      ),
    );
    const statuses = replies.map(({ status }) => status).sort((a, b) => a - b);
    assert.deepEqual(statuses, [200, 412, 412, 412, 412, 412, 412, 412]);
  });

  test("make a delete depend on the ETag, which a missing object does not mind", async () => {
    await raw({ method: "PUT", target: "/photos/doomed", body: "x" });
    const headers = { "if-match": '"other"' };
    const refused = await raw({ method: "DELETE", target: "/photos/doomed", headers });
    assert.deepEqual([refused.status, refused.code], [412, "PreconditionFailed"]);
    await raw({ method: "DELETE", target: "/photos/doomed" });
    const missing = await raw({ method: "DELETE", target: "/photos/doomed", headers });
    assert.equal(missing.status, 204);
  });
});

test("HEAD of a large object tells its size without sending it", async () => {
  const Body = Buffer.alloc(900_000, 7);
  await s3.send(new PutObjectCommand({ Bucket: "photos", Key: "large", Body }));
  const head = await s3.send(new HeadObjectCommand({ Bucket: "photos", Key: "large" }));
  assert.equal(head.ContentLength, 900_000);
  const got = await s3.send(new GetObjectCommand({ Bucket: "photos", Key: "large" }));
  assert.ok(Body.equals(Buffer.from(await got.Body!.transformToByteArray())));
});
