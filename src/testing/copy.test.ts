import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";

import { rawRequest } from "./raw-request.ts";
import type { RawReply } from "./raw-request.ts";
import { startServer } from "./server.ts";
import type { S3Server } from "./server.ts";

const account = { accessKeyId: "AKALICE", secretAccessKey: "secret" };
let server: S3Server;

before(async () => {
  server = await startServer({ accounts: [account], maxCopyBytes: 100 });
  await put("/photos");
});

beforeEach(async () => {
  await put("/photos/source", {
    "content-type": "text/x",
    "cache-control": "no-cache",
    "x-amz-meta-a": "b",
    "x-amz-tagging": "t=1",
    "x-amz-storage-class": "STANDARD_IA",
    "x-amz-website-redirect-location": "/else",
    "x-amz-checksum-sha256": "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=",
  });
});

after(async () => {
  await server.close();
  assert.deepEqual(server.bugs, []);
});

function put(
  target: string,
  headers: Record<string, string> = {},
  body = "abc",
): Promise<RawReply> {
  return rawRequest(server.port, account, {
    method: "PUT",
    target,
    headers,
    body: target === "/photos" ? "" : body,
  });
}

function copy(headers: Record<string, string> = {}, target = "/photos/copy"): Promise<RawReply> {
  return rawRequest(server.port, account, {
    method: "PUT",
    target,
    headers: { "x-amz-copy-source": "photos/source", ...headers },
  });
}

describe("CopyObject", () => {
  test("keeps bytes, headers, metadata, tags and the checksum's algorithm", async () => {
    assert.equal((await copy()).status, 200);
    const object = server.store.object("photos", "copy");
    assert.equal(server.store.bytes("photos", "copy")?.toString(), "abc");
    assert.deepEqual(object?.headers, { "content-type": "text/x", "cache-control": "no-cache" });
    assert.deepEqual(object?.metadata, { a: "b" });
    assert.deepEqual(object?.tags, [{ key: "t", value: "1" }]);
    assert.equal(object?.checksum.algorithm, "SHA256");
  });

  test("keeps neither storage class nor website redirect", async () => {
    await copy();
    const object = server.store.object("photos", "copy");
    assert.equal(object?.storageClass, "STANDARD");
    assert.equal(object?.websiteRedirect, undefined);
  });

  test("replaces what it is told to", async () => {
    await copy({
      "x-amz-metadata-directive": "REPLACE",
      "x-amz-tagging-directive": "REPLACE",
      "x-amz-tagging": "u=2",
      "x-amz-meta-c": "d",
      "content-type": "text/y",
      "x-amz-storage-class": "GLACIER_IR",
      "x-amz-checksum-algorithm": "CRC32C",
    });
    const object = server.store.object("photos", "copy");
    assert.deepEqual(object?.headers, { "content-type": "text/y" });
    assert.deepEqual(object?.metadata, { c: "d" });
    assert.deepEqual(object?.tags, [{ key: "u", value: "2" }]);
    assert.equal(object?.storageClass, "GLACIER_IR");
    assert.equal(object?.checksum.value, "Nks/tw==");
  });

  test("passes over metadata and tags that it is not told to use", async () => {
    await copy({ "x-amz-tagging": "u=2", "x-amz-meta-c": "d" });
    const object = server.store.object("photos", "copy");
    assert.deepEqual(object?.metadata, { a: "b" });
    assert.deepEqual(object?.tags, [{ key: "t", value: "1" }]);
  });

  const sources = [
    { name: "with a leading slash", source: "/photos/source" },
    { name: "with a space as plus", key: "a b", source: "photos/a+b" },
    { name: "with a space as %20", key: "a b", source: "photos/a%20b" },
    { name: "with a plus encoded", key: "a+b", source: "photos/a%2Bb" },
    { name: "with slashes encoded", key: "x//y", source: "photos%2Fx%2F%2Fy" },
    {
      name: "with a question mark encoded",
      key: "a?versionId=b",
      source: "photos/a%3FversionId%3Db",
    },
    { name: "beyond ASCII", key: "é\u{1f600}", source: "photos/%C3%A9%F0%9F%98%80" },
  ];
  for (const { name, key = "source", source } of sources) {
    test(`reads a source ${name}`, async () => {
      const path = key.split("/").map(encodeURIComponent).join("/");
      await put(`/photos/${path}`, {}, `body of ${key}`);
      assert.equal((await copy({ "x-amz-copy-source": source })).status, 200);
      assert.equal(server.store.bytes("photos", "copy")?.toString(), `body of ${key}`);
    });
  }

  const past = "Mon, 01 Jan 2001 00:00:00 GMT";
  const future = "Fri, 01 Jan 2100 00:00:00 GMT";
  const etag = '"900150983cd24fb0d6963f7d28e17f72"';
  const conditions: { headers: Record<string, string>; status: number }[] = [
    { headers: { "x-amz-copy-source-if-match": etag }, status: 200 },
    { headers: { "x-amz-copy-source-if-match": '"x"' }, status: 412 },
    { headers: { "x-amz-copy-source-if-none-match": etag }, status: 412 },
    { headers: { "x-amz-copy-source-if-none-match": '"x"' }, status: 200 },
    { headers: { "x-amz-copy-source-if-modified-since": future }, status: 412 },
    { headers: { "x-amz-copy-source-if-unmodified-since": past }, status: 412 },
    {
      headers: {
        "x-amz-copy-source-if-match": etag,
        "x-amz-copy-source-if-unmodified-since": past,
      },
      status: 200,
    },
    {
      headers: {
        "x-amz-copy-source-if-none-match": etag,
        "x-amz-copy-source-if-modified-since": past,
      },
      status: 412,
    },
    { headers: { "if-none-match": "*" }, status: 412 },
    { headers: { "if-match": '"x"' }, status: 412 },
    { headers: { "if-match": etag }, status: 200 },
  ];
  for (const { headers, status } of conditions) {
    test(`answers ${status} to ${JSON.stringify(headers)}`, async () => {
      await put("/photos/copy");
      assert.equal((await copy(headers)).status, status);
    });
  }

  const refused: {
    name: string;
    headers?: Record<string, string>;
    target?: string;
    code: string;
  }[] = [
    { name: "onto itself without a change", target: "/photos/source", code: "InvalidRequest" },
    {
      name: "of a missing object",
      headers: { "x-amz-copy-source": "photos/none" },
      code: "NoSuchKey",
    },
    {
      name: "from a missing bucket",
      headers: { "x-amz-copy-source": "none/none" },
      code: "NoSuchBucket",
    },
    {
      name: "without a source key",
      headers: { "x-amz-copy-source": "photos" },
      code: "InvalidArgument",
    },
    {
      name: "of a source too large",
      headers: { "x-amz-copy-source": "photos/large" },
      code: "InvalidRequest",
    },
    {
      name: "by an unknown directive",
      headers: { "x-amz-metadata-directive": "MOVE" },
      code: "InvalidArgument",
    },
  ];
  for (const { name, headers, target, code } of refused) {
    test(`is refused ${name}`, async () => {
      await put("/photos/large", {}, "x".repeat(101));
      assert.equal((await copy(headers, target)).code, code);
    });
  }

  test("onto itself changes the class", async () => {
    const reply = await copy({ "x-amz-storage-class": "GLACIER_IR" }, "/photos/source");
    assert.equal(reply.status, 200);
    assert.equal(server.store.object("photos", "source")?.storageClass, "GLACIER_IR");
  });
});
