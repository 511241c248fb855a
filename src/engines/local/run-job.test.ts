import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { seededRandom } from "../../../test/support/random.ts";
import { randomObjects } from "../../../test/support/random-objects.ts";
import { interfered } from "../../../test/support/wrap-client.ts";
import { carriedOf, openRig, type Rig } from "../../../test/support/rig.ts";
import { writeObject } from "../../../test/support/write-object.ts";
import { fastClock } from "../../../test/support/pipe.ts";
import { Counters } from "../../counters.ts";
import { UserError } from "../../errors.ts";
import { compareKeys } from "../../key.ts";
import type { KeyRange } from "../../ranges/key-range.ts";
import { entryCodec } from "../../record/entry.ts";
import { resultCodec } from "../../record/result.ts";
import { noCounts, type RunJournal } from "../../run/run.ts";
import { S3Error } from "../../s3/error.ts";
import type { Fault } from "../../testing/server.ts";
import { liveEntries } from "../../listing-sources/live-entries.ts";
import { listObjects } from "../../s3/list-objects.ts";
import { collect, pagesOf } from "../../stream/pages.ts";
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
  more: Partial<RunJobOptions> & {
    readonly count?: number;
    readonly concurrency?: number;
    readonly mostRemoved?: number;
  } = {},
): Promise<Ran> {
  const { count = 2, concurrency = 4, mostRemoved, ...options } = more;
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
      mostRemoved,
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
    for (let seed = 1; seed <= 5; seed++) {
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
        const mostRemoved = 1 + Math.floor(random() * 5);
        const more = { count: 1 + (seed % 3), mostRemoved };
        const ran = await run(rig, { ...sync, delete: true }, more);
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

  test("accounts for each key once, and comes to the same in the end, whatever goes wrong", async () => {
    const faults: readonly Fault[] = [
      { kind: "slowDown", chance: 0.03 },
      { kind: "internalError", chance: 0.08 },
      { kind: "resetBefore", chance: 0.05 },
      { kind: "resetAfter", chance: 0.05 },
      { kind: "cutBody", chance: 0.05 },
      { kind: "error", code: "AccessDenied", operation: "ListObjectsV2", chance: 0.02 },
      { kind: "error", code: "AccessDenied", operation: "CopyObject", chance: 0.05 },
      { kind: "error", code: "AccessDenied", operation: "PutObject", chance: 0.05 },
    ];
    for (let seed = 1; seed <= 4; seed++) {
      const random = seededRandom(seed);
      const rig = await openRig({ random, pageSize: 5 });
      try {
        const objects = randomObjects(random, { count: 50, aroundBytes: 200, maxParts: 3 });
        await fill(rig.source, objects);
        await fill(
          rig.target,
          objects.filter(() => random() < 0.5),
        );
        await fill(rig.target, randomObjects(random, { count: 15, aroundBytes: 20, maxParts: 1 }));
        const source = await keysOf(rig.source);
        const open = rig.reopen({ clock: fastClock(1000) });
        const job = {
          ...sync,
          delete: true,
          copy: { via: seed % 2 === 0 ? "auto" : "stream" },
        } as const;
        for (let round = 1; ; round++) {
          assert.ok(round < 20, `seed ${seed}: it does not come to an end`);
          const before = await keysOf(rig.target);
          if (round < 4) rig.server.faults.add(...faults);
          const missing: KeyRange[] = [];
          const onRangeFailed = (range: KeyRange): void => void missing.push(range);
          const ran = await run({ ...rig, ...open }, job, { onRangeFailed, mostRemoved: 3 }).catch(
            (error: unknown) => {
              // The first page cannot be had: that of all keys.
              assert.ok(error instanceof S3Error && error.code === "AccessDenied", String(error));
            },
          );
          rig.server.faults.clear();
          if (ran === undefined) continue;
          const { counts, rangesFailed, lines } = ran;
          const results = lines.map((line) => resultCodec.decode(line));
          assert.equal(rangesFailed, missing.length);
          assert.equal(new Set(results.map(({ key }) => key)).size, results.length);
          const after = await keysOf(rig.target);
          for (const { key, attributes } of results) {
            if (attributes?.outcome !== undefined) continue;
            assert.equal(after.get(key), source.get(key), key);
          }
          // Nothing is deleted where the source is not known.
          for (const key of before.keys()) {
            if (source.has(key)) assert.ok(after.has(key), key);
            else if (missing.some((range) => isIn(key, range))) assert.ok(after.has(key), key);
          }
          assert.deepEqual(rig.server.store.uploads(rig.target.name), []);
          if (counts.failed + counts.undeleted + rangesFailed > 0) continue;
          assert.equal(counts.listed, source.size);
          assert.deepEqual([...after], [...source], `seed ${seed}`);
          break;
        }
      } finally {
        await rig.close();
      }
    }
  });

  test("takes two list requests a thousand keys where both sides are the same", async () => {
    const rig = await openRig();
    try {
      for (let i = 0; i < 20_000; i++) {
        rig.server.putObject(rig.source.name, `a/${i % 7}/${i}`, "x");
        rig.server.putObject(rig.target.name, `a/${i % 7}/${i}`, "x");
      }
      const ran = await run(rig, { ...sync, delete: true }, { pages: 1 });
      assert.deepEqual(ran.counts, { ...noCounts, listed: 20_000, same: 20_000 });
      assert.deepEqual(Object.keys(rig.server.requests.byOperation()), [
        "CreateBucket",
        "ListObjectsV2",
      ]);
      assert.equal(rig.server.requests.count("ListObjectsV2"), 2 * 20);
    } finally {
      await rig.close();
    }
  });

  test("deletes nothing, and fails what it cannot compare, where the target cannot be listed", async () => {
    const rig = await openRig({ pageSize: 5 });
    try {
      for (let i = 0; i < 30; i++) {
        for (const { name } of [rig.source, rig.target]) rig.server.putObject(name, `k${i}`, "x");
      }
      const bucket = rig.target.name;
      const denied = { kind: "error", code: "AccessDenied", operation: "ListObjectsV2" } as const;
      rig.server.faults.add({ ...denied, bucket, after: 2, count: 1 });
      const { counts, lines } = await run(rig, { ...sync, delete: true }, { pages: 1 });
      assert.deepEqual(counts, { ...noCounts, listed: 30, same: 25, failed: 5 });
      const codes = lines.map((line) => resultCodec.decode(line).attributes?.code);
      assert.deepEqual(codes, Array(5).fill("AccessDenied"));
    } finally {
      await rig.close();
    }
  });

  test("tells that it is not done where the target's keys alone could not be listed", async () => {
    const rig = await openRig({ pageSize: 5 });
    try {
      rig.server.putObject(rig.source.name, "k0", "x");
      for (let i = 0; i < 12; i++) rig.server.putObject(rig.target.name, `k${i}`, "x");
      const bucket = rig.target.name;
      const denied = { kind: "error", code: "AccessDenied", operation: "ListObjectsV2" } as const;
      rig.server.faults.add({ ...denied, bucket, after: 1, count: 2 });
      const settled: string[] = [];
      const journal: RunJournal = {
        remaining: () => [{ upTo: "k0" }, { after: "k1" }],
        begin: () => Promise.resolve({ file: 0 }),
        commit: async ({ upTo = "" }) => void settled.push(upTo),
        note: () => {},
      };
      const told: KeyRange[] = [];
      const onRangeFailed = (range: KeyRange): void => void told.push(range);
      const job = { ...sync, delete: true };
      const ran = await run(rig, job, { pages: 1, journal, onRangeFailed });
      assert.equal(ran.rangesFailed, 1);
      assert.deepEqual(
        told.map(({ after, upTo }) => [after, upTo]),
        [["k1", undefined]],
      );
      assert.deepEqual(settled, ["k0"], "a range of which not all was compared is not settled");
    } finally {
      await rig.close();
    }
  });

  test("does what is left of a run: ranges that touch, as of a retry, or nothing", async () => {
    const rig = await openRig({ pageSize: 2 });
    try {
      for (const key of ["a", "b", "b ", "c", "d"]) rig.server.putObject(rig.source.name, key, "x");
      const journal = (...ranges: readonly KeyRange[]): RunJournal => ({
        remaining: () => ranges,
        begin: () => Promise.resolve({ file: 0 }),
        commit: () => Promise.resolve(),
        note: () => {},
      });
      const touching = journal({ after: "a", upTo: "b" }, { after: "b", upTo: "b " });
      assert.equal((await run(rig, sync, { journal: touching })).counts.copied, 2);
      assert.deepEqual([...(await keysOf(rig.target)).keys()], ["b", "b "]);
      assert.deepEqual((await run(rig, sync, { journal: journal() })).counts, noCounts);
    } finally {
      await rig.close();
    }
  });

  test("ends when objects cannot be compared for want of credentials", async () => {
    const rig = await openRig();
    try {
      for (const { name } of [rig.source, rig.target]) {
        // In parts, which differ: S3 has to be asked.
        for (let i = 0; i < 40; i++) rig.server.putObject(name, `k${i}`, partsFor(name));
      }
      const source = interfered(rig.source, {
        request: (asked) => {
          if (asked.method === "HEAD") throw new UserError("denied", "there are no credentials");
          return asked;
        },
      });
      await assert.rejects(run({ ...rig, source }, sync), /there are no credentials/);
    } finally {
      await rig.close();
    }
  });

  test("deletes no more than it may, and nothing where it would be too much", async () => {
    const cases = [
      { max: { percent: 50 }, kept: 60, extra: 60, deleted: 60 },
      { max: { percent: 50 }, kept: 60, extra: 61, deleted: 0 },
      { max: { percent: 0 }, kept: 10, extra: 1, deleted: 0 },
      { max: { percent: 100 }, kept: 0, extra: 20, deleted: 20 },
      { max: { objects: 20 }, kept: 5, extra: 20, deleted: 20 },
      { max: { objects: 0 }, kept: 5, extra: 20, deleted: 0 },
    ] as const;
    for (const { max, kept, extra, deleted } of cases) {
      const rig = await openRig({ pageSize: 10 });
      try {
        for (let i = 0; i < kept; i++) {
          for (const { name } of [rig.source, rig.target]) rig.server.putObject(name, `k${i}`, "x");
        }
        for (let i = 0; i < extra; i++) rig.server.putObject(rig.target.name, `x${i}`, "x");
        const ran = await run(rig, { ...sync, delete: true }, { maxDelete: max });
        const told = JSON.stringify({ max, kept, extra });
        assert.equal(ran.counts.deleted, deleted, told);
        assert.equal(ran.counts.undeleted, extra - deleted, told);
        assert.equal(ran.deletesRefused, extra - deleted, told);
        assert.equal((await keysOf(rig.target)).size, kept + extra - deleted, told);
      } finally {
        await rig.close();
      }
    }
  });

  test("holds few keys of a target at a time whose source is empty, and settles them piece by piece", async () => {
    const rig = await openRig({ pageSize: 5 });
    try {
      for (let i = 10; i < 90; i++) rig.server.putObject(rig.target.name, `k${i}`, "x");
      const settled: KeyRange[] = [];
      const journal: RunJournal = {
        remaining: () => [{}],
        begin: () => Promise.resolve({ file: 0 }),
        commit: async (range) => void settled.push(range),
        note: () => {},
      };
      let most = 0;
      let listed = 0;
      const target = interfered(rig.target, {
        request: (asked) => {
          if (asked.method === "GET") {
            listed += 5;
            const left = 80 - rig.server.store.keys(rig.target.name).length;
            most = Math.max(most, listed - left);
          }
          return asked;
        },
      });
      const job = { ...sync, delete: true };
      const ran = await run({ ...rig, target }, job, { journal, mostRemoved: 3 });
      assert.equal(ran.counts.deleted, 80);
      assert.ok(most < 30, `${most} keys were held`);
      const ends = settled.map(({ upTo = "" }) => upTo).toSorted();
      const expected = Array.from({ length: 26 }, (_, i) => `k${12 + 3 * i}`);
      assert.deepEqual(ends, ["", ...expected]);
      assert.deepEqual(settled.map(({ after = "" }) => after).toSorted(), ["", ...expected]);
    } finally {
      await rig.close();
    }
  });

  test("deletes nothing in pieces either before it is known that it is not too much", async () => {
    const cases = [
      { name: "an empty source", max: { percent: 50 }, kept: "", deleted: 0 },
      { name: "one key of two behind the gap", max: { percent: 50 }, kept: "z", deleted: 40 },
      { name: "one key of two before it", max: { percent: 50 }, kept: "a", deleted: 40 },
      { name: "one key fewer", max: { percent: 49 }, kept: "z", deleted: 0 },
      { name: "any number", max: { percent: 100 }, kept: "", deleted: 40 },
    ];
    for (const { name, max, kept, deleted } of cases) {
      const rig = await openRig({ pageSize: 5 });
      try {
        for (let i = 10; i < 50; i++) {
          rig.server.putObject(rig.target.name, `k${i}`, "x");
          if (kept === "") continue;
          for (const bucket of [rig.source.name, rig.target.name]) {
            rig.server.putObject(bucket, `${kept}${i}`, "x");
          }
        }
        const job = { ...sync, delete: true };
        const ran = await run(rig, job, { maxDelete: max, mostRemoved: 3 });
        assert.equal(ran.counts.deleted, deleted, name);
        assert.equal(ran.counts.undeleted, 40 - deleted, name);
        assert.equal(ran.deletesAsked, 40, name);
        assert.equal(ran.targets, kept === "" ? 40 : 80, name);
        assert.equal((await keysOf(rig.target)).size, (kept === "" ? 40 : 80) - deleted, name);
      } finally {
        await rig.close();
      }
    }
  });

  test("maps keys from one folder to another, and leaves what a filter passes over alone", async () => {
    const rig = await openRig({ pageSize: 3 });
    try {
      const keys = ["a/1.jpg", "a/2.txt", "a/3.jpg", "a/b/4.jpg", "ab", "b/1.jpg", "z"];
      for (const key of keys) rig.server.putObject(rig.source.name, key, key);
      for (const key of ["x/y/1.jpg", "x/y/8.txt", "x/y/9.jpg", "x/z.jpg", "a/1.jpg"]) {
        rig.server.putObject(rig.target.name, key, key);
      }
      const job: Job = {
        ...sync,
        prefix: "a/",
        toPrefix: "x/y/",
        delete: true,
        filter: { patterns: [{ kind: "exclude", pattern: "*.txt" }] },
        copy: { via: "stream", stripPrefix: "a/", toPrefix: "x/y/" },
      };
      const ran = await run(rig, job);
      assert.deepEqual(ran.counts, {
        ...noCounts,
        listed: 4,
        filtered: 1,
        copied: 3,
        deleted: 1,
        bytes: ran.counts.bytes,
      });
      assert.deepEqual(
        [...(await keysOf(rig.target)).keys()],
        ["a/1.jpg", "x/y/1.jpg", "x/y/3.jpg", "x/y/8.txt", "x/y/b/4.jpg", "x/z.jpg"],
      );
      assert.equal(rig.at("x/y/1.jpg").target?.size, "a/1.jpg".length);
    } finally {
      await rig.close();
    }
  });

  test("filters both sides by the name behind the folder, and by expressions of the source's key", async () => {
    const exclude = (pattern: string): Job["filter"] => ({
      patterns: [{ kind: "exclude", pattern }],
    });
    const cases = [
      { filter: exclude("keep/*"), left: ["y/a", "y/keep/1"] },
      { filter: exclude("a"), left: [] },
      { filter: exclude("x/*"), left: ["y/a"] },
      { filter: exclude("y/*"), left: ["y/a"] },
      { filter: { expression: "!key.startsWith('x/keep/')" }, left: ["y/a", "y/keep/1"] },
      { filter: { expression: "!key.startsWith('y/keep/')" }, left: ["y/a"] },
    ];
    for (const { filter, left } of cases) {
      const rig = await openRig();
      try {
        rig.server.putObject(rig.source.name, "x/a", "a");
        rig.server.putObject(rig.target.name, "y/keep/1", "a");
        const copy = { via: "stream", stripPrefix: "x/", toPrefix: "y/" } as const;
        await run(rig, { ...sync, prefix: "x/", toPrefix: "y/", copy, delete: true, filter });
        assert.deepEqual([...(await keysOf(rig.target)).keys()], left, JSON.stringify(filter));
      } finally {
        await rig.close();
      }
    }
  });

  test("copies what a list names, and lists of the target only what is near", async () => {
    const rig = await openRig({ pageSize: 10 });
    try {
      for (let i = 1000; i < 2000; i++) {
        rig.server.putObject(rig.source.name, `k${i}`, `${i}`);
        if (i % 2 === 0) rig.server.putObject(rig.target.name, `k${i}`, `${i}`);
      }
      const all = await collect(liveEntries(rig.source, { ordered: true }));
      const some = all.filter(({ key }) => /^k1[37]0/.test(key));
      rig.server.requests.clear();
      const ran = await run(rig, sync, { list: pagesOf(some) });
      assert.deepEqual(ran.counts, { ...noCounts, listed: 20, same: 10, copied: 10, bytes: 40 });
      // k1300 to k1309 and k1700 to k1709 lie on three pages of the target, and one of them is begun anew.
      const lists = rig.server.requests.count("ListObjectsV2");
      assert.ok(lists <= 4, `${lists} requests`);

      const copied = await run(rig, { ...sync, compare: undefined }, { list: pagesOf(some) });
      assert.equal(copied.counts.copied, 20);

      // A list of all, as of a bucket that S3 lists in no order, tells what is to be deleted.
      rig.server.putObject(rig.target.name, "a", "a");
      rig.server.putObject(rig.target.name, "k1500/x", "x");
      rig.server.putObject(rig.target.name, "z", "z");
      const whole = await run(rig, { ...sync, delete: true }, { list: pagesOf(all), count: 3 });
      assert.equal(whole.counts.deleted, 3);
      assert.deepEqual([...(await keysOf(rig.target))], [...(await keysOf(rig.source))]);
    } finally {
      await rig.close();
    }
  });

  test("shows what it would change, and changes nothing", async () => {
    const rig = await openRig({ pageSize: 3 });
    try {
      for (const key of ["a", "b", "c", "d"]) rig.server.putObject(rig.source.name, key, "new");
      rig.server.putObject(rig.target.name, "b", "new");
      rig.server.putObject(rig.target.name, "c", "older");
      rig.server.putObject(rig.target.name, "x", "x");
      const ran = await run(rig, { ...sync, delete: true, dryRun: true });
      const changes = ran.lines.map((line) => entryCodec.decode(line));
      assert.deepEqual(
        changes.map(({ key, attributes }) => `${key} ${attributes?.change}`).toSorted(),
        ["a added", "c changed", "d added", "x removed"],
      );
      assert.deepEqual([...(await keysOf(rig.target)).keys()], ["b", "c", "x"]);
      assert.deepEqual(Object.keys(rig.server.requests.byOperation()), [
        "CreateBucket",
        "ListObjectsV2",
      ]);
    } finally {
      await rig.close();
    }
  });

  test("ends soon when the target is gone, and says so", async () => {
    const rig = await openRig({ pageSize: 10 });
    try {
      for (let i = 0; i < 1000; i++) rig.server.putObject(rig.source.name, `k${i}`, "x");
      rig.server.faults.add({
        kind: "error",
        code: "NoSuchBucket",
        operation: "PutObject",
        after: 50,
      });
      const ran = run(rig, { ...sync, compare: undefined });
      await assert.rejects(
        ran,
        (error) => error instanceof S3Error && error.code === "NoSuchBucket",
      );
      const puts = rig.server.requests.count("PutObject");
      assert.ok(puts < 150, `${puts} requests`);
    } finally {
      await rig.close();
    }
  });

  test("interrupted at any moment leaves no upload, and what it says was copied is", async () => {
    for (let after = 3; after < 90; after += 11) {
      const random = seededRandom(after);
      const rig = await openRig({ random, pageSize: 4 });
      try {
        await fill(rig.source, randomObjects(random, { count: 25, aroundBytes: 500, maxParts: 4 }));
        const stop = new AbortController();
        let sent = 0;
        const open = rig.reopen({
          onRequest: () => {
            if (++sent === after) stop.abort(new Error("interrupted"));
          },
        });
        const copy = { ...sync, compare: undefined };
        const ran = run({ ...rig, ...open }, copy, { signal: stop.signal });
        await assert.rejects(ran, /interrupted/);
        assert.deepEqual(rig.server.store.uploads(rig.target.name), [], `after ${after}`);
      } finally {
        await rig.close();
      }
    }
  });
});

/** The same bytes, cut into other parts in one bucket than in the other. */
function partsFor(bucket: string): readonly string[] {
  return bucket === "source-bucket" ? ["ab", "c"] : ["a", "bc"];
}

function isIn(key: string, { after, upTo }: KeyRange): boolean {
  return (
    (after === undefined || compareKeys(key, after) > 0) &&
    (upTo === undefined || compareKeys(key, upTo) <= 0)
  );
}
