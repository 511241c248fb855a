import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { seededRandom } from "../../../test/support/random.ts";
import { randomObjects } from "../../../test/support/random-objects.ts";
import { carriedOf, openRig, type Rig } from "../../../test/support/rig.ts";
import { writeObject } from "../../../test/support/write-object.ts";
import { Counters } from "../../counters.ts";
import { resultCodec } from "../../record/result.ts";
import { noCounts } from "../../run/run.ts";
import { listObjects } from "../../s3/list-objects.ts";
import { listMultipartUploads } from "../../s3/list-multipart-uploads.ts";
import type { Job, JobKeeper } from "./job.ts";
import { LocalWorker } from "./local-worker.ts";
import { type JobDone, type RunJobOptions, startJob } from "./run-job.ts";

/** What a job did, and its result lines. */
interface Ran extends JobDone {
  readonly lines: readonly string[];
}

const sync: Job = {
  source: { bucket: "source-bucket" },
  target: { bucket: "target-bucket" },
  prefix: "",
  toPrefix: "",
  compare: "auto",
  filter: {},
  copy: { via: "stream" },
  results: "all",
};

/** Runs a job with so many workers, all in this thread. */
async function run(
  rig: Rig,
  job: Job,
  more: Partial<RunJobOptions> & { readonly count?: number; readonly concurrency?: number } = {},
): Promise<Ran> {
  const { count = 2, concurrency = 4, ...options } = more;
  const lines: string[] = [];
  const signal = options.signal ?? new AbortController().signal;
  const worker = (keeper: JobKeeper): LocalWorker =>
    new LocalWorker({
      job,
      keeper,
      source: rig.source,
      target: rig.target,
      counters: new Counters(),
      concurrency,
      signal,
      notesBegun: options.journal !== undefined,
      requests: () => ({ requests: 0, retries: 0, throttled: 0 }),
    });
  const { done } = startJob({
    job,
    first: worker,
    more: (keeper) => Array.from({ length: count - 1 }, () => Promise.resolve(worker(keeper))),
    write: async (bytes) => {
      lines.push(...Buffer.from(bytes).toString().split("\n").slice(0, -1));
    },
    onRangeFailed: () => {},
    maxDelete: { percent: 100 },
    signal,
    pages: 6,
    ...options,
  });
  return { ...(await done), lines };
}

async function fill(bucket: Rig["source"], objects: ReturnType<typeof randomObjects>) {
  for (const object of objects) await writeObject(bucket, object);
}

async function keysOf(bucket: Rig["source"]): Promise<Map<string, string>> {
  const keys = new Map<string, string>();
  let token: string | undefined;
  do {
    const page = await listObjects(bucket, { continuationToken: token });
    for (const { key, etag } of page.objects) keys.set(key, etag);
    token = page.nextToken;
  } while (token !== undefined);
  return keys;
}

describe("startJob", () => {
  test("makes any target like any source, and accounts for each key once", async () => {
    for (let seed = 1; seed <= 8; seed++) {
      const random = seededRandom(seed);
      const rig = await openRig({ pageSize: 1 + Math.floor(random() * 12) });
      try {
        const objects = randomObjects(random, { count: 60, aroundBytes: 200, maxParts: 3 });
        const others = objects.filter(() => random() < 0.6);
        await fill(rig.source, objects);
        await fill(rig.target, others);
        await fill(rig.target, randomObjects(random, { count: 20, aroundBytes: 200, maxParts: 2 }));
        for (const { key } of others.filter(() => random() < 0.3)) {
          await writeObject(rig.target, { key, body: Buffer.from(`other ${random()}`) });
        }
        const before = await keysOf(rig.target);
        const source = await keysOf(rig.source);
        const ran = await run(rig, { ...sync, delete: true }, { count: 1 + (seed % 3) });
        assert.deepEqual([...(await keysOf(rig.target))], [...source], `seed ${seed}`);
        const isSame = (key: string): boolean => before.get(key) === source.get(key);
        const same = [...source.keys()].filter(isSame);
        const removed = [...before.keys()].filter((key) => !source.has(key));
        assert.deepEqual(ran.counts, {
          ...noCounts,
          listed: source.size,
          same: same.length,
          copied: source.size - same.length,
          deleted: removed.length,
          bytes: ran.counts.bytes,
        });
        const told = ran.lines.map((line) => resultCodec.decode(line).key);
        const expected = [...[...source.keys()].filter((key) => !isSame(key)), ...removed];
        assert.deepEqual(told.toSorted(), expected.toSorted());
        for (const key of told) {
          const { source, target } = rig.at(key);
          if (source !== undefined) assert.deepEqual(carriedOf(target!), carriedOf(source));
        }
        assert.deepEqual((await listMultipartUploads(rig.target)).uploads, []);
      } finally {
        await rig.close();
      }
    }
  });
});
