/**
 * Uploads and lists where answers are lost or wrong, on the S3 in this process: each is done once in effect, and nothing that
 * nobody knows of is left in the bucket.
 */
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";

import { abortMultipartUpload } from "../src/s3/abort-multipart-upload.ts";
import { beginUpload } from "../src/s3/begin-upload.ts";
import { createBucket } from "../src/s3/bucket.ts";
import type { S3Bucket } from "../src/s3/client.ts";
import { completeUpload } from "../src/s3/complete-upload.ts";
import { copyObject } from "../src/s3/copy-object.ts";
import { headObject } from "../src/s3/head-object.ts";
import { listObjects } from "../src/s3/list-objects.ts";
import { multipartEtag } from "../src/s3/multipart-etag.ts";
import { putObject } from "../src/s3/put-object.ts";
import { uploadPart } from "../src/s3/upload-part.ts";
import { type Fault, type S3Server, startServer } from "../src/testing/server.ts";
import { openBucket } from "./support/connect.ts";

const account = { accessKeyId: "ACCESSKEY", secretAccessKey: "secretKey" };
const body = Buffer.from("hello");
const helloMd5 = "5d41402abc4b2a76b9719d911017c592";
const key = "a b+c/é\n";

/** Answers that are lost or wrong, and after which the request has had its effect or has not. */
const losses: readonly { readonly name: string; readonly fault: Fault }[] = [
  { name: "is lost with its request", fault: { kind: "resetBefore", count: 1 } },
  { name: "is lost", fault: { kind: "resetAfter", count: 1 } },
  { name: "is that the server has failed", fault: { kind: "internalError", count: 2 } },
  { name: "is to go slower", fault: { kind: "slowDown", count: 2 } },
];

/** Answers to those operations that S3 begins to answer before they are done. */
const earlyLosses: typeof losses = [
  ...losses,
  { name: "is an error inside a 200", fault: { kind: "errorInside200", count: 1 } },
  {
    name: "is an error inside a 200 for what was done",
    fault: { kind: "errorInside200", count: 1, withEffect: true },
  },
];

describe("when an answer", () => {
  let server: S3Server;
  let bucket: S3Bucket;
  before(async () => {
    server = await startServer({ accounts: [account] });
  });
  after(() => server.close());
  let count = 0;
  beforeEach(async () => {
    bucket = openBucket(server, account, `bucket-${++count}`, { retry: { baseMs: 1 } });
    await createBucket(bucket);
  });
  afterEach(async () => {
    server.faults.clear();
    await bucket.s3.close();
    assert.deepEqual(server.bugs, []);
  });

  const uploadIds = () => server.store.uploads(bucket.name).map(({ uploadId }) => uploadId);
  const strike = ({ kind, ...more }: Fault, operation: NonNullable<Fault["operation"]>) => {
    server.faults.add({ kind, operation, ...more });
    return () => assert.ok(server.faults.struck(kind) > 0, `${kind} has struck`);
  };

  for (const { name, fault } of losses) {
    test(`to CreateMultipartUpload ${name}, one upload is begun`, async () => {
      const hasStruck = strike(fault, "CreateMultipartUpload");
      const { uploadId } = await beginUpload(bucket, key);
      hasStruck();
      assert.deepEqual(uploadIds(), [uploadId]);
    });
  }

  test("to CreateMultipartUpload is lost, and lists fail too, one upload is begun", async () => {
    const hasStruck = strike({ kind: "resetAfter", count: 1 }, "CreateMultipartUpload");
    const hasFailed = strike({ kind: "internalError", count: 2 }, "ListMultipartUploads");
    const { uploadId } = await beginUpload(bucket, key);
    hasStruck();
    hasFailed();
    assert.deepEqual(uploadIds(), [uploadId]);
  });

  for (const { name, fault } of earlyLosses) {
    test(`to CompleteMultipartUpload ${name}, the object is there`, async () => {
      const { uploadId } = await beginUpload(bucket, key);
      const { etag } = await uploadPart(bucket, key, { uploadId, partNumber: 1, body, length: 5 });
      const hasStruck = strike(fault, "CompleteMultipartUpload");
      const expected = { etag: multipartEtag([helloMd5]), size: 5 };
      const parts = [{ partNumber: 1, etag }];
      const written = await completeUpload(bucket, key, { uploadId, parts }, expected);
      hasStruck();
      assert.equal(written.etag, expected.etag);
      assert.equal((await headObject(bucket, key)).etag, expected.etag);
      assert.deepEqual(uploadIds(), []);
    });

    test(`to CopyObject ${name}, the copy is there`, async () => {
      await putObject(bucket, key, { body, length: 5 });
      const hasStruck = strike(fault, "CopyObject");
      const copied = await copyObject(bucket, "b", { source: { bucket: bucket.name, key } });
      hasStruck();
      assert.equal(copied.etag, helloMd5);
      assert.equal((await headObject(bucket, "b")).etag, helloMd5);
    });
  }

  for (const { name, fault } of losses) {
    test(`to AbortMultipartUpload ${name}, the upload is gone`, async () => {
      const { uploadId } = await beginUpload(bucket, key);
      await uploadPart(bucket, key, { uploadId, partNumber: 1, body, length: 5 });
      const hasStruck = strike(fault, "AbortMultipartUpload");
      await abortMultipartUpload(bucket, key, { uploadId });
      hasStruck();
      assert.deepEqual(uploadIds(), []);
    });
  }

  const cut: typeof losses = [{ name: "is cut short", fault: { kind: "cutBody", count: 1 } }];
  for (const { name, fault } of [...losses, ...cut]) {
    test(`to ListObjectsV2 ${name}, the page is whole`, async () => {
      for (const name of ["a", "b", key]) await putObject(bucket, name, { body, length: 5 });
      const hasStruck = strike(fault, "ListObjectsV2");
      const { objects } = await listObjects(bucket);
      hasStruck();
      assert.deepEqual(
        objects.map((object) => object.key),
        ["a", key, "b"],
      );
    });
  }

  test("is lost to one of two that begin an upload of a key, each has one of its own or shares the other's", async () => {
    const hasStruck = strike({ kind: "resetAfter", count: 1 }, "CreateMultipartUpload");
    const begun = await Promise.all([beginUpload(bucket, key), beginUpload(bucket, key)]);
    hasStruck();
    for (const { uploadId } of begun) assert.ok(uploadIds().includes(uploadId));
  });
});
