import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { type Result, resultCodec } from "../src/record/result.ts";
import { decodeSettledPart } from "../src/run/settled-part.ts";
import { SettledKeys } from "../src/run/settled-keys.ts";
import type { RunSummary } from "../src/run/run-summary.ts";
import { type Fault, type S3Server, startServer } from "../src/testing/server.ts";
import { randomKey, seededRandom } from "./support/random.ts";
import { accounts } from "./support/servers/running.ts";
import { openShell, type Running } from "./support/shell.ts";

/**
 * A sync is killed with SIGKILL again and again while the S3 throws faults, and resumed each time. The
 * suite does it with few objects; this does it with many, and another chance:
 *
 *     CRASH_OBJECTS=200000 CRASH_KILLS=20 CRASH_SEED=2 node --test test/crash.test.ts
 */
const objects = Number(process.env["CRASH_OBJECTS"] ?? 3000);
const kills = Number(process.env["CRASH_KILLS"] ?? 6);
const seed = Number(process.env["CRASH_SEED"] ?? 1);

/** Copies that a process has under way; so many may be done again after a kill. */
const concurrency = 32;

const { accessKeyId, secretAccessKey } = accounts.source;

describe(`a sync of ${objects} objects that is killed ${kills} times`, () => {
  test("comes to the same in the end, and tells of each object once", async (t) => {
    const random = seededRandom(seed);
    const server = await startServer({
      accounts: Object.values(accounts),
      minPartBytes: 1,
      random,
      // So that there are many ranges also of few objects.
      pageSize: Math.min(1000, Math.max(20, Math.floor(objects / 100))),
    });
    const shell = await openShell({ url: server.url, ...accounts });
    const run = join(shell.home, "run");
    const start = (): Running => {
      // It may have been killed before there was a run.
      const isBegun = existsSync(join(run, "plan.json"));
      return shell.start(isBegun ? "campanile resume run --quiet" : sync, {
        env: {
          AWS_ENDPOINT_URL_S3: server.url,
          AWS_ACCESS_KEY_ID: accessKeyId,
          AWS_SECRET_ACCESS_KEY: secretAccessKey,
        },
      });
    };
    try {
      const work = fill(server, random);
      const copies = countCopies(server);
      server.faults.add(...faults);
      for (let kill = 0; kill < kills; kill++) {
        const requests = Math.floor((random() * 2 * work.size) / kills);
        await killAfter(server, start(), requests, random() * 30);
      }
      const falseErrors = server.faults.struck("errorInside200");
      server.faults.clear();
      assert.deepEqual(await start().ended, { status: 0, stdout: "", stderr: "" });

      assert.deepEqual(server.store.uploads("target"), [], "no upload is left");
      assert.deepEqual(contentsOf(server, "target"), contentsOf(server, "source"));
      const resumed = await checkResults(run, work);
      let again = 0;
      for (const count of copies.values()) again += count - 1;
      t.diagnostic(`${again} copies were done again, of ${resumed} the answer was lost`);
      assert.ok(again <= falseErrors + kills * concurrency, `${again} copies were done again`);
    } finally {
      await shell.close();
      await server.close();
    }
    assert.deepEqual(server.bugs, [], "errors of the server's own");
  });
});

const sync = `campanile sync s3://source s3://target --delete --max-delete 100% --run run --quiet --workers 2 --concurrency ${concurrency}`;

const faults: readonly Fault[] = [
  { kind: "resetBefore", chance: 0.004 },
  { kind: "resetAfter", chance: 0.004 },
  { kind: "internalError", chance: 0.004 },
  { kind: "slowDown", chance: 0.002 },
  { kind: "cutBody", operation: "ListObjectsV2", chance: 0.01 },
  { kind: "errorInside200", chance: 0.004 },
  { kind: "errorInside200", withEffect: true, chance: 0.004 },
];

/** Makes two buckets that differ; gives what is to be done of the keys that do. */
function fill(server: S3Server, random: () => number): ReadonlyMap<string, "copy" | "delete"> {
  server.createBucket("source", accessKeyId);
  server.createBucket("target", accessKeyId);
  const work = new Map<string, "copy" | "delete">();
  const keys = new Set<string>();
  while (keys.size < objects) {
    const folder = `${Math.floor(random() * 7)}/`.repeat(Math.floor(random() * 4));
    keys.add(folder + randomKey(random) + (random() < 0.9 ? keys.size : ""));
  }
  for (const key of keys) {
    const text = `the body of ${key}`;
    // Some are in parts, so that there are uploads to be left.
    const body = random() < 0.1 ? [text, "has a second part", "and a third"] : text;
    const kind = random();
    if (kind < 0.95) server.putObject("source", key, body);
    if (kind < 0.2) server.putObject("target", key, body);
    else if (kind < 0.3 || kind >= 0.95) server.putObject("target", key, "another");
    if (kind >= 0.2) work.set(key, kind < 0.95 ? "copy" : "delete");
  }
  return work;
}

/** Kills a command when so many requests more are done, and so many milliseconds have gone by. */
async function killAfter(
  server: S3Server,
  running: Running,
  requests: number,
  ms: number,
): Promise<void> {
  let left = requests;
  const stop = server.requests.listen(() => {
    if (left-- === 0) setTimeout(() => running.kill("SIGKILL"), ms);
  });
  const { status, stderr } = await running.ended;
  stop();
  // It may have been done before; otherwise a signal has no status.
  assert.ok(status === 0 || status === -1, stderr);
}

/** Counts how often each object was copied, as far as S3 had answered. */
function countCopies(server: S3Server): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  server.requests.listen(({ operation, bucket, key, status }) => {
    if (bucket !== "target" || status !== 200) return;
    if (operation !== "CopyObject" && operation !== "CompleteMultipartUpload") return;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  });
  return counts;
}

function contentsOf(server: S3Server, bucket: string): readonly string[] {
  return server.store
    .keys(bucket)
    .map((key) => `${JSON.stringify(key)} ${server.store.object(bucket, key)?.etag}`);
}

/** Checks that the parts of a run's results answer for each key once; gives how many answers were lost. */
async function checkResults(
  run: string,
  work: ReadonlyMap<string, "copy" | "delete">,
): Promise<number> {
  const settled = new SettledKeys();
  for (const name of await readdir(join(run, "results"))) {
    const ranges = await readFile(join(run, "ranges", name.replace(".gz", "")));
    for (const span of decodeSettledPart(ranges).spans) assert.equal(settled.add(span), true);
  }
  assert.deepEqual(settled.remaining(), []);
  const found = new Map<string, Result>();
  let resumed = 0;
  for (const name of await readdir(join(run, "results"))) {
    const lines = gunzipSync(await readFile(join(run, "results", name))).toString();
    for (const line of lines.split("\n").filter(Boolean)) {
      const result = resultCodec.decode(line);
      const { key, attributes = {} } = result;
      assert.ok(!found.has(key), `there are two results of ${JSON.stringify(key)}`);
      assert.equal(attributes.outcome, undefined, line);
      const done = attributes.change === "removed" ? "delete" : "copy";
      assert.equal(done, work.get(key), line);
      found.set(key, result);
      if (attributes.code === "Resumed") resumed++;
    }
  }
  assert.equal(found.size, work.size);
  const summary = JSON.parse(await readFile(join(run, "summary.json"), "utf8")) as RunSummary;
  const { counts } = summary;
  const copies = [...work.values()].filter((what) => what === "copy").length;
  assert.equal(counts.copied, copies);
  assert.equal(counts.deleted, work.size - copies);
  assert.equal(counts.listed, counts.same + counts.copied);
  assert.deepEqual(await readdir(join(run, "begun")), []);
  return resumed;
}
