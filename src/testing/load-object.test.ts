import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, describe, test } from "node:test";

import { HeadObjectCommand, ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";

import { startServer } from "./server.ts";

const account = { accessKeyId: "AKALICE", secretAccessKey: "secret" };
const Bucket = "photos";
const server = await startServer({ accounts: [account] });
server.createBucket(Bucket, account.accessKeyId);
const s3 = new S3Client({
  endpoint: server.url,
  region: server.region,
  forcePathStyle: true,
  credentials: account,
});

after(async () => {
  s3.destroy();
  await server.close();
});

describe("putObject", () => {
  test("puts an object as a request would have", async () => {
    server.putObject(Bucket, "plain", "body", { storageClass: "GLACIER_IR" });
    const head = await s3.send(new HeadObjectCommand({ Bucket, Key: "plain" }));
    assert.equal(head.ETag, `"${createHash("md5").update("body").digest("hex")}"`);
    assert.equal(head.StorageClass, "GLACIER_IR");
  });

  test("puts an object of several parts, however small", async () => {
    server.putObject(Bucket, "parts", ["a", "bc"], { algorithm: "SHA256" });
    const at = { Bucket, Key: "parts", PartNumber: 2, ChecksumMode: "ENABLED" } as const;
    const head = await s3.send(new HeadObjectCommand(at));
    assert.deepEqual([head.ContentLength, head.PartsCount], [2, 2]);
    assert.match(head.ETag ?? "", /-2"$/);
    assert.equal(head.ChecksumSHA256, createHash("sha256").update("bc").digest("base64"));
  });

  test("fills a bucket with many keys that list at once", async () => {
    server.createBucket("many", account.accessKeyId);
    for (let number = 0; number < 20_000; number++) server.putObject("many", `k/${number}`, "");
    const StartAfter = "k/9999";
    const page = await s3.send(new ListObjectsV2Command({ Bucket: "many", StartAfter }));
    assert.equal(page.Contents, undefined);
    const start = await s3.send(new ListObjectsV2Command({ Bucket: "many", Prefix: "k/1999" }));
    assert.equal(start.Contents?.length, 11);
  });
});

test("an account nobody has owns no bucket", () => {
  assert.throws(() => server.createBucket("none", "AKNONE"), RangeError);
});
