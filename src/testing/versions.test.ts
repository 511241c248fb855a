import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";

import { startServer } from "./server.ts";
import type { S3Server } from "./server.ts";

const account = { accessKeyId: "AKALICE", secretAccessKey: "secret" };
let server: S3Server;
let s3: S3Client;
let buckets = 0;

before(async () => {
  server = await startServer({ accounts: [account] });
  s3 = new S3Client({
    endpoint: server.url,
    region: server.region,
    forcePathStyle: true,
    credentials: account,
  });
});

after(async () => {
  s3.destroy();
  await server.close();
  assert.deepEqual(server.bugs, []);
});

async function newBucket(Status?: "Enabled" | "Suspended"): Promise<string> {
  const Bucket = `bucket-${++buckets}`;
  await s3.send(new CreateBucketCommand({ Bucket }));
  if (Status !== undefined) await version(Bucket, Status);
  return Bucket;
}

function version(Bucket: string, Status: "Enabled" | "Suspended") {
  return s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status } }));
}

async function put(Bucket: string, Key: string, Body: string): Promise<string> {
  const { VersionId } = await s3.send(new PutObjectCommand({ Bucket, Key, Body }));
  return VersionId!;
}

async function read(Bucket: string, Key: string, VersionId?: string): Promise<string> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key, VersionId }));
  return Body!.transformToString();
}

describe("a bucket that keeps versions", () => {
  test("keeps what was overwritten", async () => {
    const bucket = await newBucket("Enabled");
    const first = await put(bucket, "key", "first");
    const second = await put(bucket, "key", "second");
    assert.notEqual(first, second);
    assert.equal(await read(bucket, "key"), "second");
    assert.equal(await read(bucket, "key", first), "first");
    const status = await s3.send(new GetBucketVersioningCommand({ Bucket: bucket }));
    assert.equal(status.Status, "Enabled");
  });

  test("lays a marker on top of what is deleted", async () => {
    const bucket = await newBucket("Enabled");
    const at = { Bucket: bucket, Key: "key" };
    const first = await put(bucket, "key", "first");
    const deleted = await s3.send(new DeleteObjectCommand(at));
    assert.equal(deleted.DeleteMarker, true);
    await assert.rejects(read(bucket, "key"), { name: "NoSuchKey" });
    assert.equal(await read(bucket, "key", first), "first");
    const listed = await s3.send(new ListObjectsV2Command({ Bucket: bucket }));
    assert.equal(listed.Contents, undefined);
    const VersionId = deleted.VersionId!;
    await assert.rejects(read(bucket, "key", VersionId), { name: "MethodNotAllowed" });
    await s3.send(new DeleteObjectCommand({ ...at, VersionId }));
    assert.equal(await read(bucket, "key"), "first");
  });

  test("forgets a version that is named, for good", async () => {
    const bucket = await newBucket("Enabled");
    const first = await put(bucket, "key", "first");
    const second = await put(bucket, "key", "second");
    await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: "key", VersionId: second }));
    assert.equal(await read(bucket, "key"), "first");
    await assert.rejects(read(bucket, "key", second), { name: "NoSuchVersion" });
    const Objects = [{ Key: "key", VersionId: first }];
    await s3.send(new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects } }));
    await s3.send(new DeleteBucketCommand({ Bucket: bucket }));
  });

  test("refuses what cannot be a version id", async () => {
    const bucket = await newBucket("Enabled");
    await put(bucket, "key", "first");
    await assert.rejects(read(bucket, "key", "none"), { name: "InvalidArgument" });
  });

  test("copies a version that is named", async () => {
    const bucket = await newBucket("Enabled");
    const first = await put(bucket, "key", "first");
    await put(bucket, "key", "second");
    const CopySource = `${bucket}/key?versionId=${first}`;
    const copied = await s3.send(new CopyObjectCommand({ Bucket: bucket, Key: "key", CopySource }));
    assert.equal(copied.CopySourceVersionId, first);
    assert.equal(await read(bucket, "key"), "first");
  });

  test("is not empty while it has versions or markers", async () => {
    const bucket = await newBucket("Enabled");
    await put(bucket, "key", "first");
    await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: "key" }));
    const deleted = s3.send(new DeleteBucketCommand({ Bucket: bucket }));
    await assert.rejects(deleted, { name: "BucketNotEmpty" });
  });
});

describe("a bucket whose versions are suspended", () => {
  test("overwrites the null version and keeps the others", async () => {
    const bucket = await newBucket();
    await put(bucket, "key", "before");
    await version(bucket, "Enabled");
    assert.equal(await read(bucket, "key", "null"), "before");
    const kept = await put(bucket, "key", "kept");
    await version(bucket, "Suspended");
    assert.equal(await put(bucket, "key", "after"), "null");
    assert.equal(await read(bucket, "key", "null"), "after");
    assert.equal(await read(bucket, "key", kept), "kept");
    await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: "key" }));
    await assert.rejects(read(bucket, "key"), { name: "NoSuchKey" });
    assert.equal(await read(bucket, "key", kept), "kept");
  });
});

test("a bucket that never kept versions names none", async () => {
  const bucket = await newBucket();
  assert.equal(await put(bucket, "key", "x"), undefined);
  const head = await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: "key" }));
  assert.equal(head.VersionId, undefined);
});

describe("ListObjectVersions", () => {
  for (const MaxKeys of [1, 2, 1000]) {
    test(`gives versions and markers, the newest of a key first, ${MaxKeys} a page`, async () => {
      const bucket = await newBucket("Enabled");
      const expected: string[] = [];
      for (const key of ["a", "b/1", "b/2", "c"]) {
        const versions = [await put(bucket, key, "1"), await put(bucket, key, "2")];
        const deleted = await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
        expected.push(...[...versions, deleted.VersionId!].toReversed());
      }
      const found: string[] = [];
      let KeyMarker: string | undefined;
      let VersionIdMarker: string | undefined;
      for (;;) {
        const input = { Bucket: bucket, MaxKeys, KeyMarker, VersionIdMarker };
        const page = await s3.send(new ListObjectVersionsCommand(input));
        const entries = [...(page.DeleteMarkers ?? []), ...(page.Versions ?? [])];
        found.push(...entries.map(({ VersionId }) => VersionId!));
        for (const { IsLatest } of page.Versions ?? []) assert.equal(IsLatest, false);
        for (const { IsLatest } of page.DeleteMarkers ?? []) assert.equal(IsLatest, true);
        if (page.IsTruncated !== true) break;
        ({ NextKeyMarker: KeyMarker, NextVersionIdMarker: VersionIdMarker } = page);
      }
      assert.deepEqual(found.toSorted(), expected.toSorted());
      if (MaxKeys === 1) assert.deepEqual(found, expected);
    });
  }

  test("rolls keys up to common prefixes", async () => {
    const bucket = await newBucket();
    for (const key of ["a", "b/1", "b/2", "c"]) await put(bucket, key, "x");
    const page = await s3.send(new ListObjectVersionsCommand({ Bucket: bucket, Delimiter: "/" }));
    assert.deepEqual(page.CommonPrefixes, [{ Prefix: "b/" }]);
    assert.deepEqual(
      page.Versions?.map(({ Key, VersionId }) => [Key, VersionId]),
      [
        ["a", "null"],
        ["c", "null"],
      ],
    );
  });
});
