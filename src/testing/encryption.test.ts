import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, describe, test } from "node:test";

import { rawRequest } from "./raw-request.ts";
import type { RawReply } from "./raw-request.ts";
import { startServer } from "./server.ts";

const account = { accessKeyId: "AKALICE", secretAccessKey: "secret" };
const server = await startServer({ accounts: [account] });
await raw("PUT", "/photos");
const md5 = `"${createHash("md5").update("body").digest("hex")}"`;
const sse = "x-amz-server-side-encryption";

after(async () => {
  await server.close();
  assert.deepEqual(server.bugs, []);
});

function raw(
  method: string,
  target: string,
  headers: Record<string, string> = {},
  body = "",
): Promise<RawReply> {
  return rawRequest(server.port, account, { method, target, headers, body });
}

function customerKey(text: string, of = ""): Record<string, string> {
  const key = Buffer.alloc(32, text);
  const name = `x-amz-${of}server-side-encryption-customer`;
  return {
    [`${name}-algorithm`]: "AES256",
    [`${name}-key`]: key.toString("base64"),
    [`${name}-key-md5`]: createHash("md5").update(key).digest("base64"),
  };
}

describe("an object encrypted by KMS", () => {
  for (const algorithm of ["aws:kms", "aws:kms:dsse"]) {
    test(`has an ETag that is not its MD5, and says its key: ${algorithm}`, async () => {
      const headers = {
        [sse]: algorithm,
        [`${sse}-aws-kms-key-id`]: "my-key",
        [`${sse}-bucket-key-enabled`]: "true",
      };
      const put = await raw("PUT", "/photos/kms", headers, "body");
      assert.match(put.headers["etag"] ?? "", /^"[0-9a-f]{32}"$/);
      assert.notEqual(put.headers["etag"], md5);
      const get = await raw("GET", "/photos/kms");
      assert.equal(get.text, "body");
      for (const reply of [put, get]) {
        for (const [name, value] of Object.entries(headers))
          assert.equal(reply.headers[name], value);
      }
    });
  }

  test("as the bucket's default applies to what asks for nothing", async () => {
    const xml =
      `<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>aws:kms</SSEAlgorithm>` +
      `<KMSMasterKeyID>my-key</KMSMasterKeyID></ApplyServerSideEncryptionByDefault></Rule></ServerSideEncryptionConfiguration>`;
    await raw("PUT", "/photos?encryption", {}, xml);
    assert.match((await raw("GET", "/photos?encryption")).text, /<KMSMasterKeyID>my-key</);
    const put = await raw("PUT", "/photos/default", {}, "body");
    assert.equal(put.headers[sse], "aws:kms");
    const plain = await raw("PUT", "/photos/plain", { [sse]: "AES256" }, "body");
    assert.deepEqual([plain.headers[sse], plain.headers["etag"]], ["AES256", md5]);
    await raw("DELETE", "/photos?encryption");
    const later = await raw("PUT", "/photos/default", {}, "body");
    assert.equal(later.headers[sse], "AES256");
  });
});

describe("an object encrypted with the client's key", () => {
  const reads: {
    name: string;
    headers: Record<string, string>;
    answer: [number, string | undefined];
  }[] = [
    { name: "the key", headers: customerKey("a"), answer: [200, undefined] },
    { name: "another key", headers: customerKey("b"), answer: [403, "AccessDenied"] },
    { name: "no key", headers: {}, answer: [400, "InvalidRequest"] },
    {
      name: "a key and the MD5 of another",
      headers: {
        ...customerKey("a"),
        [`${sse}-customer-key-md5`]: customerKey("b")[`${sse}-customer-key-md5`]!,
      },
      answer: [400, "InvalidArgument"],
    },
    {
      name: "a header for writing",
      headers: { ...customerKey("a"), [sse]: "AES256" },
      answer: [400, "InvalidArgument"],
    },
  ];
  for (const { name, headers, answer } of reads) {
    test(`answers ${answer[0]} to a read with ${name}`, async () => {
      const put = await raw("PUT", "/photos/own", customerKey("a"), "body");
      assert.notEqual(put.headers["etag"], md5);
      const reply = await raw("GET", "/photos/own", headers);
      assert.deepEqual([reply.status, reply.code], answer);
    });
  }

  test("is copied with its key given as the source's", async () => {
    await raw("PUT", "/photos/own", customerKey("a"), "body");
    const source = { "x-amz-copy-source": "photos/own" };
    assert.equal((await raw("PUT", "/photos/copy", source)).code, "InvalidRequest");
    const reply = await raw("PUT", "/photos/copy", {
      ...source,
      ...customerKey("a", "copy-source-"),
    });
    assert.equal(reply.status, 200);
    assert.equal((await raw("HEAD", "/photos/copy")).headers["etag"], md5);
  });
});

test("an object without the client's key cannot be read with one", async () => {
  await raw("PUT", "/photos/plain", {}, "body");
  const reply = await raw("GET", "/photos/plain", customerKey("a"));
  assert.deepEqual([reply.status, reply.code], [400, "InvalidRequest"]);
});

test("an unknown method is refused", async () => {
  const reply = await raw("PUT", "/photos/none", { [sse]: "ROT13" }, "body");
  assert.deepEqual([reply.status, reply.code], [400, "InvalidEncryptionAlgorithmError"]);
});
