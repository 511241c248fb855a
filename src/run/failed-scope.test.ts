import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { randomKey, seededRandom } from "../../test/support/random.ts";
import { compareKeys } from "../key.ts";
import { type Result, resultCodec } from "../record/result.ts";
import { failedScope } from "./failed-scope.ts";
import { localFiles } from "../files/local-files.ts";
import { RunDirectory } from "./run-directory.ts";
import type { Files } from "../files/files.ts";
import { newPlan } from "./run-plan.ts";
import { noCounts } from "./run.ts";
import { type KeySpan, SettledKeys } from "./settled-keys.ts";

const plan = newPlan({ command: ["sync"], job: {}, prefix: "x/", toPrefix: "yy/" });
const failed = new Set(["failed"]);

describe("the scope of a retry", () => {
  let home: string;
  let places = 0;
  before(async () => {
    home = await mkdtemp(join(tmpdir(), "campanile-scope-"));
  });
  after(() => rm(home, { recursive: true }));

  async function runWith(results: readonly Result[], scope?: readonly KeySpan[]): Promise<Files> {
    const directory = join(home, `run-${places++}`);
    const files = localFiles(directory, directory);
    const run = await RunDirectory.create(files, plan, scope);
    const lines = results.map((result) => `${resultCodec.encode(result)}\n`).join("");
    const counts = { ...noCounts, failed: 1 };
    for (const [i, span] of run.remaining().entries()) {
      await run.commit({ ...span, counts }, Buffer.from(i === 0 ? lines : ""));
    }
    await run.finish({ requests: 0, retries: 0, throttled: 0 });
    return files;
  }

  test("is a range for each object that failed", async () => {
    const files = await runWith([
      result("x/copied"),
      result("x/b", { outcome: "failed", code: "SlowDown" }),
      result("x/archived", { outcome: "skipped", code: "InvalidObjectState" }),
      result("yy/a", { change: "removed", outcome: "failed", code: "AccessDenied" }),
      result("yy/gone", { change: "removed" }),
    ]);
    assert.deepEqual(await failedScope([files], plan, failed), [
      { after: "x/`\u{10fffd}", upTo: "x/a" },
      { after: "x/a\u{10fffd}", upTo: "x/b" },
    ]);
    const more = await failedScope([files], plan, new Set(["failed", "skipped"]));
    assert.deepEqual(
      more.map(({ upTo }) => upTo),
      ["x/a", "x/archived", "x/b"],
    );
  });

  test("is what retries have not done either", async () => {
    const failure = { outcome: "failed", code: "X" } as const;
    const first = await runWith(["a", "b", "c", "d"].map((key) => result(key, failure)));
    const scope = await failedScope([first], plan, failed);
    // Of `a` it has found that it is the same, which makes no line.
    const retry = await runWith([result("b", failure), result("c")], scope.slice(0, 3));
    const left = await failedScope([first, retry], plan, failed);
    assert.deepEqual(
      left.map(({ upTo }) => upTo),
      ["b", "d"],
    );
  });

  test("is nothing where nothing failed", async () => {
    assert.deepEqual(await failedScope([await runWith([result("x/a")])], plan, failed), []);
  });

  test("holds the failed keys and not their neighbours, and no range overlaps", async () => {
    const random = seededRandom(3);
    const odd = ["\0", "a\0", "a", "a!", "a\u{10fffd}", "a\u{10ffff}", "k".repeat(1024), "\ue000"];
    const keys = [...new Set([...odd, ...Array.from({ length: 300 }, () => randomKey(random))])];
    const chosen = keys.sort(compareKeys).filter((_, i) => i % 2 === 0);
    const files = await runWith(chosen.map((key) => result(key, { outcome: "failed", code: "X" })));
    const spans = await failedScope([files], plan, failed);
    const settled = new SettledKeys();
    for (const span of spans) assert.equal(settled.add(span), true, JSON.stringify(span));
    assert.deepEqual(
      spans.map(({ upTo }) => upTo),
      chosen,
    );
    const others = keys.filter((key) => !chosen.includes(key));
    // A neighbour of a kind that nobody has may be in.
    const within = others.filter((key) => spans.some((span) => holds(span, key)));
    assert.ok(within.length <= 3, `${within.length} of ${others.length}`);
  });
});

function holds({ after, upTo }: KeySpan, key: string): boolean {
  return (
    (after === undefined || compareKeys(after, key) < 0) &&
    (upTo === undefined || compareKeys(key, upTo) <= 0)
  );
}

function result(key: string, attributes?: Result["attributes"]): Result {
  return { key, etag: "e", newEtag: undefined, attributes };
}
