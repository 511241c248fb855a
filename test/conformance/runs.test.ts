/** What a run that is kept asks of a bucket, and deletions, on every server. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Entry } from "../../src/record/entry.ts";
import { bucketFiles } from "../../src/files/bucket-files.ts";
import { endLeftUploads } from "../../src/run/end-left-uploads.ts";
import { RunDirectory } from "../../src/run/run-directory.ts";
import { newPlan } from "../../src/run/run-plan.ts";
import { readRunState } from "../../src/run/run-state.ts";
import { noCounts } from "../../src/run/run.ts";
import { createBucket } from "../../src/s3/bucket.ts";
import type { S3Bucket } from "../../src/s3/client.ts";
import { createMultipartUpload } from "../../src/s3/create-multipart-upload.ts";
import { listMultipartUploads } from "../../src/s3/list-multipart-uploads.ts";
import { listObjects } from "../../src/s3/list-objects.ts";
import { deleteEntries } from "../../src/stages/objectdelete.ts";
import { openBucket } from "../support/connect.ts";
import { newBucketName, type RunningServer, testServers } from "../support/servers.ts";
import { writeObject } from "../support/write-object.ts";

for (const server of testServers) {
  describe(server.name, server.options, () => {
    let running: RunningServer;
    let bucket: S3Bucket;
    before(async () => {
      running = await server.start();
      bucket = openBucket(running, running.target, newBucketName(running.target, "runs"));
      await createBucket(bucket);
    });
    after(async () => {
      await bucket.s3.close();
      await running.stop();
    });

    test("keeps a file of more than a part", async () => {
      const files = bucketFiles(bucket, "lists", "the listing");
      const chunk = Buffer.alloc(1 << 20, "0123456789abcdef\n");
      await files.stream("part-00000", async (sink) => {
        for (let i = 0; i < 9; i++) {
          await new Promise((resolve) => sink.write(chunk, resolve));
        }
      });
      const written = await files.read("part-00000");
      assert.ok(written?.equals(Buffer.concat(Array.from({ length: 9 }, () => chunk))));
      const { uploads } = await listMultipartUploads(bucket, { prefix: "lists/" });
      assert.deepEqual(uploads, []);
    });

    test("keeps a run that is gone on with", async () => {
      const files = bucketFiles(bucket, "runs/first", "the run");
      const plan = newPlan({ command: ["copy"], job: {}, prefix: "", toPrefix: "" });
      const first = await RunDirectory.create(files, plan);
      await assert.rejects(RunDirectory.open(files), /is at work on it/);
      await first.commit({ upTo: "m", counts: { ...noCounts, listed: 1, same: 1 } }, Buffer.of());
      await first.begin(Buffer.from("n\te\t1\t2026-01-01 00:00:00\n"));
      await first.close();
      assert.equal((await readRunState(files))?.state, "stopped");
      await assert.rejects(RunDirectory.create(files, plan), /there is one already/);

      const second = await RunDirectory.open(files);
      assert.deepEqual(second.remaining(), [{ after: "m", upTo: undefined }]);
      assert.deepEqual(
        second.left.map(({ entry }) => entry.key),
        ["n"],
      );
      await second.commit({ after: "m", counts: { ...noCounts, listed: 1, same: 1 } }, Buffer.of());
      await second.finish({ requests: 0, retries: 0, throttled: 0 });
      const state = await readRunState(files);
      assert.equal(state?.state, "done");
      assert.deepEqual(state.progress.counts, {
        ...noCounts,
        listed: 2,
        same: 1,
        copied: 1,
        bytes: 1,
      });
      assert.deepEqual(await files.list("begun"), []);
    });

    test("does not let two processes write one part", async () => {
      const files = bucketFiles(bucket, "runs/second", "the run");
      assert.equal(await files.create("results/000001.tsv.gz", Buffer.from("ours")), true);
      assert.equal(await files.create("results/000001.tsv.gz", Buffer.from("theirs")), false);
      assert.equal((await files.read("results/000001.tsv.gz"))?.toString(), "ours");
    });

    test(
      "ends uploads that a killed process has left, and no others",
      server.needs("timesOfUploads"),
      async () => {
        const since = Date.now();
        await createMultipartUpload(bucket, "left");
        await createMultipartUpload(bucket, "of others");
        const ended = await endLeftUploads(bucket, new Map([["left", since]]));
        assert.deepEqual(ended, { ended: 1, left: 0 });
        const { uploads } = await listMultipartUploads(bucket);
        assert.deepEqual(
          uploads.map(({ key }) => key),
          ["of others"],
        );
      },
    );

    test("deletes many objects with one request", async () => {
      const keys = ["deleted/a b", "deleted/é<&>", "deleted/😀"];
      for (const key of keys) await writeObject(bucket, { key, body: Buffer.from(key) });
      const results = await deleteEntries(bucket, await listed(bucket, "deleted/"));
      assert.deepEqual(
        results.map(({ key, attributes }) => [key, attributes?.outcome]),
        keys.map((key) => [key, undefined]),
      );
      assert.deepEqual(await listed(bucket, "deleted/"), []);
    });

    test(
      "leaves an object that has changed since it was listed",
      server.needs("ifMatchOnDeleteObjects"),
      async () => {
        await writeObject(bucket, { key: "changed", body: Buffer.from("old") });
        const entries = await listed(bucket, "changed");
        await writeObject(bucket, { key: "changed", body: Buffer.from("new") });
        const [result] = await deleteEntries(bucket, entries);
        assert.equal(result?.attributes?.code, "PreconditionFailed");
        assert.equal((await listed(bucket, "changed")).length, 1);
      },
    );
  });
}

async function listed(bucket: S3Bucket, prefix: string): Promise<Entry[]> {
  const { objects } = await listObjects(bucket, { prefix });
  return objects.map(({ key, etag, size }) => ({ key, etag, size, mtime: "2026-01-01 00:00:00" }));
}
