import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { gunzipSync, gzipSync } from "node:zlib";
import { seededRandom } from "../../test/support/random.ts";
import { openRig, type Rig } from "../../test/support/rig.ts";
import { UserError } from "../errors.ts";
import { bucketFiles } from "../files/bucket-files.ts";
import { localFiles } from "../files/local-files.ts";
import { RunDirectory } from "./run-directory.ts";
import type { Files } from "../files/files.ts";
import { newPlan } from "./run-plan.ts";
import { readSummary } from "./run-summary.ts";
import { noCounts, type RunCounts } from "./run.ts";
import { type KeySpan, SettledKeys } from "./settled-keys.ts";
import { decodeSettledPart, encodeSettledPart } from "./settled-part.ts";

const command = ["sync", "s3://a/x/", "s3://b/yy/"];
const plan = newPlan({ command, job: { kind: "sync" }, prefix: "x/", toPrefix: "yy/" });
const ended = { requests: 7, retries: 0, throttled: 0 };

let rig: Rig;
let home: string;
let places = 0;
before(async () => {
  rig = await openRig();
  home = await mkdtemp(join(tmpdir(), "campanile-run-"));
});
after(async () => {
  await rig.close();
  await rm(home, { recursive: true });
});

const kinds: Readonly<Record<string, () => Files>> = {
  "on a disk": () => {
    const directory = join(home, `run-${places++}`);
    return localFiles(directory, directory);
  },
  "in a bucket": () => bucketFiles(rig.target, `runs/run-${places++}`, "the run"),
};

for (const [where, newPlace] of Object.entries(kinds)) {
  describe(`a run ${where}`, () => {
    test("goes on with the ranges that nobody has settled", async () => {
      const files = newPlace();
      const first = await RunDirectory.create(files, plan);
      assert.deepEqual(first.remaining(), [{ after: undefined, upTo: undefined }]);
      await first.commit(span("", "c", { listed: 2, same: 2 }), lines());
      await first.commit(span("m", "p", { listed: 1, copied: 1, bytes: 5 }), lines("n"));
      await first.close();

      const second = await RunDirectory.open(files);
      assert.deepEqual(second.plan, JSON.parse(JSON.stringify(plan)));
      assert.deepEqual(second.remaining().map(shown), ["c-m", "p-"]);
      assert.deepEqual(second.counts, { ...noCounts, listed: 3, same: 2, copied: 1, bytes: 5 });
      await second.commit(span("c", "m", { listed: 1, failed: 1 }), lines("d"));
      await second.commit(span("p", "", { listed: 1, same: 1 }), lines());
      const summary = await second.finish(ended);
      assert.equal(summary.remaining, 0);
      assert.deepEqual(await readSummary(files), summary);
      assert.equal(summary.counts.listed, 5);
      assert.deepEqual(await resultsIn(files), ["d", "n"]);
      assert.deepEqual(await files.list("begun"), []);
    });

    test("passes over a range that was settled before, and what comes of it", async () => {
      const files = newPlace();
      const run = await RunDirectory.create(files, plan);
      await run.commit(span("", "", { listed: 1, copied: 1 }), lines("a"));
      await run.commit(span("", "", { listed: 1, copied: 1 }), lines("a"));
      const { counts } = await run.finish(ended);
      assert.equal(counts.listed, 1);
      assert.deepEqual(await resultsIn(files), ["a"]);
    });

    test("does not count a part whose results never came", async () => {
      const files = newPlace();
      const first = await RunDirectory.create(files, plan);
      await first.commit(span("", "c", { listed: 1, same: 1 }), lines());
      await first.close();
      await files.replace("ranges/000002.tsv", Buffer.from("# listed=1&same=1\nrange\tc\t\\N\n"));

      const second = await RunDirectory.open(files);
      assert.deepEqual(second.remaining().map(shown), ["c-"]);
      await second.commit(span("c", "", { listed: 1, copied: 1 }), lines("d"));
      await second.finish(ended);
      assert.deepEqual(await resultsIn(files), ["d"]);
    });

    test("knows after a kill what was begun, until it is settled", async () => {
      const files = newPlace();
      const killed = await RunDirectory.create(files, plan);
      const settled = await killed.begin(entries("a"));
      await killed.commit(span("", "c", { listed: 1, copied: 1 }), lines("a"), [settled]);
      await killed.begin(entries("d", "e"));
      await killed.begin(entries("x\t"));
      await killed.close();

      const second = await RunDirectory.open(files);
      assert.deepEqual(keysOf(second), ["d", "e", "x\t"]);
      await second.begin(entries("d"));
      await second.close();

      const third = await RunDirectory.open(files);
      assert.deepEqual(keysOf(third), ["d", "e", "x\t"]);
      await third.commit(span("c", "m", { listed: 2, same: 1, copied: 1 }), lines("e"));
      assert.deepEqual(keysOf(third), ["x\t"]);
      await third.commit(span("m", "", { listed: 1, failed: 1 }), lines("x\\t"));
      const { counts } = await third.finish(ended);

      assert.deepEqual(await resultsIn(files), ["a", "d", "e", "x\\t"]);
      assert.equal(counts.copied, 3, "what was found to be the same had been copied");
      assert.equal(counts.listed, counts.same + counts.copied + counts.failed);
      assert.deepEqual(await files.list("begun"), []);
    });

    test("says of a deletion that was not written down that it was resumed", async () => {
      const files = newPlace();
      const killed = await RunDirectory.create(files, plan);
      await killed.begin(Buffer.from("yy/old\te\t3\t2026-01-01 00:00:00\tchange=removed\n"));
      await killed.close();
      const second = await RunDirectory.open(files);
      await second.commit(span("", "x/a", {}), lines());
      assert.deepEqual(keysOf(second), ["yy/old"]);
      await second.commit(span("x/a", "y", {}), lines());
      assert.deepEqual(keysOf(second), []);
      const { counts } = await second.finish(ended);
      assert.equal(counts.deleted, 1);
      assert.equal(
        await textOf(files, "results/000001.tsv.gz"),
        "yy/old\te\t\\N\t\\N\t\\N\t\\N\t\\N\tchange=removed&code=Resumed&size=3\n",
      );
    });

    test("is not begun where one is, nor where something else lies", async () => {
      const files = newPlace();
      await (await RunDirectory.create(files, plan)).close();
      await assert.rejects(RunDirectory.create(files, plan), isUsage(/there is one already/));
      const other = newPlace();
      await other.replace("thesis.txt", Buffer.from("dear"));
      await assert.rejects(RunDirectory.create(other, plan), isUsage(/it is not empty/));
      await assert.rejects(RunDirectory.open(newPlace()), { reason: "missing" });
    });

    test("is worked on by one process at a time", async () => {
      const files = newPlace();
      const run = await RunDirectory.create(files, plan);
      await assert.rejects(RunDirectory.open(files), /process \d+ on .* is at work on it/);
      await run.close();
      await (await RunDirectory.open(files)).close();
    });

    const dead = [
      { name: "that was killed on this host", pid: 2 ** 22 + 1, host: hostname(), ageMs: 0 },
      { name: "that has not shown for long", pid: 1, host: "elsewhere", ageMs: 61_000 },
    ];
    for (const { name, pid, host, ageMs } of dead) {
      test(`is taken from a process ${name}`, async () => {
        const files = newPlace();
        await (await RunDirectory.create(files, plan)).close();
        const seen = new Date(Date.now() - ageMs).toISOString();
        const holder = { token: "t", pid, host, since: seen, seen };
        await files.replace("lock.json", Buffer.from(JSON.stringify(holder)));
        await (await RunDirectory.open(files)).close();
        assert.equal(await files.read("lock.json"), undefined);
      });
    }

    test("ends when another process has written the part it was to write", async () => {
      const files = newPlace();
      const run = await RunDirectory.create(files, plan);
      await files.create("results/000001.tsv.gz", Buffer.from("theirs"));
      await run.commit(span("", "", { listed: 1, copied: 1 }), lines("a"));
      await assert.rejects(run.finish(ended), /another process has taken it/);
      await assert.rejects(run.commit(span("", "", {}), lines()), /another process has taken it/);
      await assert.rejects(run.begin(entries("a")), /another process has taken it/);
      await run.close();
    });

    test("ends when another process has taken it for dead", async () => {
      const files = newPlace();
      const run = await RunDirectory.create(files, plan);
      await files.remove(["lock.json"]);
      const other = await RunDirectory.open(files);
      await run.commit(span("", "", { listed: 1, copied: 1 }), lines("a"));
      await assert.rejects(run.finish(ended), /another process has taken it/);
      await run.close();
      assert.deepEqual(await files.list("results"), []);
      await other.close();
    });

    test("that slept while another process went on takes nothing from what that wrote", async () => {
      const files = newPlace();
      const slept = Promise.withResolvers<void>();
      let sleeps = false;
      const sleeper: Files = {
        ...files,
        async read(name) {
          const bytes = await files.read(name);
          if (sleeps && name === "lock.json") await slept.promise;
          return bytes;
        },
      };
      const run = await RunDirectory.create(sleeper, plan);
      await run.commit(span("a", "b", { listed: 1, copied: 1 }), lines("b"));
      sleeps = true;
      const ending = run.finish(ended);
      await files.remove(["lock.json"]);
      const other = await RunDirectory.open(files);
      await other.commit(span("c", "d", { listed: 1, copied: 1 }), lines("d"));
      await other.close();
      sleeps = false;
      slept.resolve();
      await assert.rejects(ending, /another process has taken it/);
      await run.close();

      const third = await RunDirectory.open(files);
      assert.deepEqual(third.remaining().map(shown), ["-c", "d-"]);
      await third.close();
      assert.deepEqual(await resultsIn(files), ["d"]);
    });

    test("goes on behind its last file, also behind the millionth", async () => {
      const files = newPlace();
      await (await RunDirectory.create(files, plan)).close();
      const parts = [
        { part: "999999", after: "a", upTo: "b" },
        { part: "1000000", after: "c", upTo: "d" },
      ];
      for (const { part, after, upTo } of parts) {
        const spans = [span(after, upTo, {})];
        await files.replace(`ranges/${part}.tsv`, encodeSettledPart({ counts: noCounts, spans }));
        await files.replace(`results/${part}.tsv.gz`, gzipSync(""));
        await files.replace(
          `begun/${part}.tsv`,
          Buffer.from(`# ${plan.started}\n${entries(after).toString()}`),
        );
      }
      const run = await RunDirectory.open(files);
      assert.deepEqual(keysOf(run), ["a", "c"]);
      await run.begin(entries("z"));
      await run.commit(span("e", "", {}), lines());
      await run.close();
      const again = await RunDirectory.open(files);
      assert.deepEqual(keysOf(again), ["a", "c"]);
      assert.deepEqual(again.remaining().map(shown), ["-a", "b-c", "d-e"]);
      await again.close();
    });

    test("tells who goes on that its results cannot be written", async () => {
      const files = newPlace();
      const full = {
        ...files,
        create: (name: string, bytes: Uint8Array): Promise<boolean> =>
          name.startsWith("results/")
            ? Promise.reject(new UserError("failed", "no space is left"))
            : files.create(name, bytes),
      };
      const run = await RunDirectory.create(full, plan);
      const large = Buffer.alloc(17 * 2 ** 20, "x\n");
      await assert.rejects(run.commit(span("", "c", { listed: 1 }), large), /no space is left/);
      await assert.rejects(run.commit(span("c", "d", { listed: 1 }), lines()), /no space is left/);
      await assert.rejects(run.begin(entries("e")), /no space is left/);
      await assert.rejects(run.finish(ended), /no space is left/);
      await run.close();
      const second = await RunDirectory.open(files);
      assert.deepEqual(second.remaining().map(shown), ["-"]);
      await second.close();
    });

    test("says which file is damaged", async () => {
      const files = newPlace();
      const run = await RunDirectory.create(files, plan);
      await run.commit(span("", "", {}), lines());
      await run.close();
      await files.replace("ranges/000001.tsv", Buffer.from("# listed=1\nrange\t\\N"));
      await assert.rejects(
        RunDirectory.open(files),
        /ranges\/000001\.tsv is damaged: it is not whole/,
      );
      assert.equal(await files.read("lock.json"), undefined, "the run is given up");
    });
  });
}

test("the ranges of all parts are all keys, each once, whatever was killed", async () => {
  const random = seededRandom(5);
  const files = kinds["on a disk"]!();
  await (await RunDirectory.create(files, plan)).close();
  const keys = Array.from("abcdefghijklmnopqrstuvwxyz");
  for (let life = 0; life < 40; life++) {
    const run = await RunDirectory.open(files);
    for (const { after = "", upTo = "" } of run.remaining()) {
      const inside = keys.filter((key) => key > after && (upTo === "" || key < upTo));
      const middle = inside[Math.floor(random() * inside.length)];
      if (random() < 0.5) continue;
      await run.commit(span(after, middle ?? upTo, { listed: 1, copied: 1 }), lines(`${life}`));
    }
    // What was settled and is not written is lost with the process; here it is written half of the time.
    if (random() < 0.5) await run.close();
    else await files.remove(["lock.json"]);
  }
  const parts = await Promise.all(
    (await files.list("ranges")).map((name) => files.read(`ranges/${name}`)),
  );
  const settled = new SettledKeys();
  for (const span of parts.flatMap((bytes) => [...decodeSettledPart(bytes!).spans])) {
    assert.equal(settled.add(span), true);
  }
  assert.deepEqual([...settled].map(shown), ["-"]);
});

function span(after: string, upTo: string, counts: Partial<RunCounts>) {
  return {
    after: after || undefined,
    upTo: upTo || undefined,
    counts: { ...noCounts, ...counts },
  };
}

function shown({ after = "", upTo = "" }: KeySpan): string {
  return `${after}-${upTo}`;
}

function lines(...keys: readonly string[]): Buffer {
  return Buffer.from(keys.map((key) => `${key}\te\t\\N\te\t\\N\t\\N\t\\N\n`).join(""));
}

function entries(...keys: readonly string[]): Buffer {
  const line = (key: string) => `${key.replace("\t", "\\t")}\te\t3\t2026-01-01 00:00:00\n`;
  return Buffer.from(keys.map(line).join(""));
}

function keysOf({ left }: RunDirectory): readonly string[] {
  return left.map(({ entry }) => entry.key);
}

async function resultsIn(files: Files): Promise<readonly string[]> {
  const names = await files.list("results");
  const texts = await Promise.all(names.map((name) => textOf(files, `results/${name}`)));
  const all = texts.join("").split("\n").filter(Boolean);
  return all.map((line) => line.split("\t", 1)[0]!).sort();
}

async function textOf(files: Files, name: string): Promise<string> {
  return gunzipSync((await files.read(name)) ?? "").toString();
}

function isUsage(says: RegExp) {
  return (error: unknown) =>
    error instanceof UserError && error.reason === "usage" && says.test(error.message);
}
