import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { after, before, describe, test } from "node:test";

import {
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import type { ChecksumAlgorithm } from "@aws-sdk/client-s3";

import { checksumHeader, compositeChecksum, digest } from "./checksums.ts";
import { rawRequest, sign, send } from "./raw-request.ts";
import type { RawReply } from "./raw-request.ts";
import { startServer } from "./server.ts";
import type { S3Server } from "./server.ts";

const account = { accessKeyId: "AKALICE", secretAccessKey: "secret" };
const Bucket = "photos";
let server: S3Server;
let s3: S3Client;

before(async () => {
  server = await startServer({ accounts: [account] });
  s3 = new S3Client({
    endpoint: server.url,
    region: server.region,
    forcePathStyle: true,
    credentials: account,
  });
  await raw("PUT", "/photos");
});

after(async () => {
  s3.destroy();
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

// The values are those of "123456789" in the CRC catalogue and the SHA standards.
const known = [
  { algorithm: "CRC32", value: "y/Q5Jg==" },
  { algorithm: "CRC32C", value: "4waSgw==" },
  { algorithm: "CRC64NVME", value: "rosUhgp5mIg=" },
  { algorithm: "SHA1", value: "98O8HYCOBHMq32eZZczDTKeuNEE=" },
  { algorithm: "SHA256", value: "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU=" },
] as const;
const body = "123456789";

for (const { algorithm, value } of known) {
  describe(algorithm, () => {
    const header = checksumHeader(algorithm);

    test("is computed as everybody does, also over pieces", () => {
      assert.equal(digest(algorithm, [Buffer.from(body)]).toString("base64"), value);
      const pieces = [Buffer.from("12"), Buffer.alloc(0), Buffer.from("3456789")];
      assert.equal(digest(algorithm, pieces).toString("base64"), value);
    });

    test("in a header is kept and given back to who asks", async () => {
      const put = await raw("PUT", "/photos/key", { [header]: value }, body);
      assert.deepEqual([put.status, put.headers[header]], [200, value]);
      const asked = await raw("HEAD", "/photos/key", { "x-amz-checksum-mode": "ENABLED" });
      assert.equal(asked.headers[header], value);
      assert.equal(asked.headers["x-amz-checksum-type"], "FULL_OBJECT");
      assert.equal((await raw("HEAD", "/photos/key")).headers[header], undefined);
    });

    test("that is wrong is refused", async () => {
      const wrong = digest(algorithm, [Buffer.from("other")]).toString("base64");
      const reply = await raw("PUT", "/photos/wrong", { [header]: wrong }, body);
      assert.deepEqual([reply.status, reply.code], [400, "BadDigest"]);
      const none = await raw("PUT", "/photos/wrong", { [header]: "AA" }, body);
      assert.deepEqual([none.status, none.code], [400, "InvalidRequest"]);
      assert.equal(server.store.object(Bucket, "wrong"), undefined);
    });

    test("in a trailer behind a stream is checked and kept", async () => {
      const Body = Readable.from([Buffer.from("1234"), Buffer.from("56789")]);
      const input = {
        Bucket,
        Key: "streamed",
        Body,
        ContentLength: 9,
        ChecksumAlgorithm: algorithm,
      };
      await s3.send(
        new PutObjectCommand(input as typeof input & { ChecksumAlgorithm: ChecksumAlgorithm }),
      );
      assert.equal(server.store.bytes(Bucket, "streamed")?.toString(), body);
      assert.equal(server.store.object(Bucket, "streamed")?.checksum.value, value);
    });
  });
}

test("without one, S3's own CRC64NVME is added", async () => {
  const put = await raw("PUT", "/photos/key", {}, body);
  assert.equal(put.headers["x-amz-checksum-crc64nvme"], "rosUhgp5mIg=");
  const at = { Bucket, Key: "key", ChecksumMode: "ENABLED" } as const;
  assert.equal((await s3.send(new HeadObjectCommand(at))).ChecksumCRC64NVME, "rosUhgp5mIg=");
});

test("a range has no checksum", async () => {
  await raw("PUT", "/photos/key", { "x-amz-checksum-crc32": "y/Q5Jg==" }, body);
  const got = await s3.send(new GetObjectCommand({ Bucket, Key: "key", Range: "bytes=0-3" }));
  assert.equal(got.ChecksumCRC32, undefined);
  assert.equal(await got.Body?.transformToString(), "1234");
});

test("a composite one is the digest of the digests and their number", () => {
  const parts = ["a", "b"].map((text) => createHash("sha256").update(text).digest());
  const expected = createHash("sha256").update(Buffer.concat(parts)).digest("base64");
  const values = parts.map((part) => part.toString("base64"));
  assert.equal(compositeChecksum("SHA256", values).value, `${expected}-2`);
});

describe("a request", () => {
  const refused: { name: string; headers: Record<string, string>; code: string }[] = [
    {
      name: "two checksums",
      headers: { "x-amz-checksum-crc32": "y/Q5Jg==", "x-amz-checksum-crc32c": "4waSgw==" },
      code: "InvalidRequest",
    },
    {
      name: "an announced checksum that does not come",
      headers: { "x-amz-sdk-checksum-algorithm": "CRC32" },
      code: "InvalidRequest",
    },
    {
      name: "a newer algorithm",
      headers: { "x-amz-checksum-xxhash64": "AAAAAAAAAAA=" },
      code: "NotImplemented",
    },
    {
      name: "an algorithm nobody knows",
      headers: { "x-amz-checksum-adler32": "AAAAAA==" },
      code: "InvalidRequest",
    },
  ];
  for (const { name, headers, code } of refused) {
    test(`with ${name} is refused`, async () => {
      const reply = await raw("PUT", "/photos/refused", headers, body);
      assert.equal(reply.code, code);
      assert.equal(server.store.object(Bucket, "refused"), undefined);
    });
  }
});

describe("a trailer without signatures", () => {
  const trailing = {
    method: "PUT",
    target: "/photos/trailing",
    payloadHash: "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
    headers: {
      "content-encoding": "aws-chunked",
      "x-amz-decoded-content-length": "9",
      "x-amz-trailer": "x-amz-checksum-crc32",
    },
  };
  const cases = [
    {
      name: "the right checksum",
      body: "4\r\n1234\r\n5\r\n56789\r\n0\r\nx-amz-checksum-crc32:y/Q5Jg==\r\n\r\n",
      code: undefined,
    },
    {
      name: "a wrong checksum",
      body: "9\r\n123456789\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n",
      code: "BadDigest",
    },
    { name: "no checksum", body: "9\r\n123456789\r\n0\r\n\r\n", code: "InvalidRequest" },
    {
      name: "another than announced",
      body: "9\r\n123456789\r\n0\r\nx-amz-checksum-sha1:AAAA\r\n\r\n",
      code: "InvalidRequest",
    },
    {
      name: "bytes missing",
      body: "4\r\n1234\r\n0\r\nx-amz-checksum-crc32:y/Q5Jg==\r\n\r\n",
      code: "IncompleteBody",
    },
    { name: "no end", body: "9\r\n123456789\r\n", code: "IncompleteBody" },
  ];
  for (const { name, body, code } of cases) {
    test(`with ${name} is ${code === undefined ? "accepted" : "refused"}`, async () => {
      await raw("DELETE", "/photos/trailing");
      const headers = sign(account, { ...trailing, body, host: "h" });
      const reply = await send(server.port, "PUT", trailing.target, headers, body);
      assert.equal(reply.code, code);
      const object = server.store.object(Bucket, "trailing");
      assert.equal(object?.size, code === undefined ? 9 : undefined);
      assert.equal(object?.headers["content-encoding"], undefined);
    });
  }
});
