import assert from "node:assert/strict";
import { homedir } from "node:os";
import { describe, test } from "node:test";

import { openRig, type Rig } from "../../../test/support/rig.ts";
import { accounts } from "../../../test/support/servers/running.ts";
import { UserError } from "../../errors.ts";
import { noCounts } from "../../run/run.ts";
import { S3Error } from "../../s3/error.ts";
import { memoryOfWay } from "../../stages/shared-way.ts";
import type { IntervalDone, Job, JobKeeper } from "./job.ts";
import type { JobThreadData } from "./job-thread.ts";
import { ThreadWorker } from "./thread-worker.ts";

const keeper: JobKeeper = {
  begin: () => Promise.resolve(undefined),
  mayDelete: () => Promise.resolve(true),
  settle: () => Promise.resolve(),
};

const { signal } = new AbortController();

function jobOf({ server }: Rig, more: Partial<Job> = {}): Job {
  const side = { endpoint: server.url, region: "us-east-1" };
  return {
    source: { ...side, bucket: "source-bucket" },
    target: { ...side, bucket: "source-bucket" },
    prefix: "",
    toPrefix: "copy/",
    filter: {},
    copy: { toPrefix: "copy/", noOverwrite: true },
    results: "all",
    ...more,
  };
}

function dataOf(job: Job, more: Partial<JobThreadData> = {}): JobThreadData {
  const place = { home: homedir(), cwd: process.cwd() };
  return {
    job,
    ...place,
    connections: 8,
    concurrency: 4,
    notesBegun: false,
    wayMemory: memoryOfWay(),
    ...more,
  };
}

const { accessKeyId, secretAccessKey } = accounts.source;
const env = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };

describe("ThreadWorker", () => {
  test("lists and copies in a thread of its own, and gives errors back as they are", async () => {
    const rig = await openRig();
    let worker: ThreadWorker | undefined;
    try {
      for (const key of ["a", "b", "c"]) rig.server.putObject("source-bucket", key, key);
      worker = await ThreadWorker.start(dataOf(jobOf(rig)), { keeper, env, signal });
      const ask = { range: 1, after: undefined, upTo: undefined, token: undefined, part: 0 };
      const shown = await worker.list({ ...ask, upTo: Buffer.from("b") });
      assert.deepEqual([shown.count, shown.within, shown.isLast], [3, 2, true]);
      assert.equal((await worker.show(1, Buffer.from("a"))).within, 1);
      let rooms = 0;
      const taken = { range: 1, count: 2, after: undefined, upTo: Buffer.from("b"), isDone: true };
      const done = await worker.work(taken, () => rooms++);
      assert.deepEqual(done.counts, { ...noCounts, listed: 2, copied: 2, bytes: 2 });
      assert.equal(Buffer.from(done.lines).toString().split("\n").length, 3);
      assert.equal(rooms, 1);
      assert.equal(rig.server.store.bytes("source-bucket", "copy/b")?.toString(), "b");

      const denied = { kind: "error", code: "AccessDenied", count: 1 } as const;
      rig.server.faults.add(denied);
      await assert.rejects(
        worker.list({ ...ask, range: 2 }),
        (error) => error instanceof S3Error && error.code === "AccessDenied",
      );
      await worker.close(false);
      assert.equal(worker.tally().counts.copied, 2);
      assert.equal(worker.tally().requests, rig.server.requests.total - 2);
    } finally {
      // Else a failure would let its thread go on.
      await worker?.close(true).catch(() => {});
      await rig.close();
    }
  });

  test("has pieces of what only the target has settled before it gives the last", async () => {
    const rig = await openRig();
    let worker: ThreadWorker | undefined;
    try {
      for (const key of ["b", "copy/a", "copy/b"]) rig.server.putObject("source-bucket", key, "x");
      for (let i = 0; i < 5; i++) rig.server.putObject("source-bucket", `copy/b${i}`, "x");
      const settled: string[] = [];
      const settle = async ({ after, upTo, counts }: IntervalDone): Promise<void> => {
        const bounds = [after, upTo].map((key) => key && Buffer.from(key).toString());
        settled.push(`${bounds.join(" ")} ${counts.listed} ${counts.deleted}`);
      };
      const job = jobOf(rig, { compare: "etag", delete: true });
      const data = dataOf(job, { mostRemoved: 2 });
      worker = await ThreadWorker.start(data, { keeper: { ...keeper, settle }, env, signal });
      const ask = { range: 1, after: undefined, upTo: Buffer.from("b"), token: undefined, part: 0 };
      await worker.list(ask);
      const range = { range: 1, after: undefined, upTo: Buffer.from("b2"), isDone: true };
      const done = await worker.work({ ...range, count: 1 }, () => {});
      // Of the first, b is the same; the last ends with its second key, and is not cut behind it.
      assert.deepEqual(settled, [" b0 1 2"]);
      assert.deepEqual(done.counts, { ...noCounts, deleted: 2 });
      assert.deepEqual([done.after, done.upTo].map(String), ["98,48", "98,50"]);
    } finally {
      await worker?.close(true).catch(() => {});
      await rig.close();
    }
  });

  test("says so when its thread dies", async () => {
    const rig = await openRig();
    try {
      const resourceLimits = { maxOldGenerationSizeMb: 4, maxYoungGenerationSizeMb: 1 };
      const started = ThreadWorker.start(dataOf(jobOf(rig)), {
        keeper,
        env,
        signal,
        resourceLimits,
      });
      await assert.rejects(
        started,
        (error) =>
          error instanceof UserError &&
          /^cannot go on: a worker thread has died: .*memory/.test(error.message),
      );
    } finally {
      await rig.close();
    }
  });
});
