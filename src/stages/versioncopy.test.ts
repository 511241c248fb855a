import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { asLines, fastClock } from "../../test/support/pipe.ts";
import { bytesOf, openRig, type Rig } from "../../test/support/rig.ts";
import { writeObject } from "../../test/support/write-object.ts";
import { Counters } from "../counters.ts";
import { versionPages } from "../listing/version-pages.ts";
import type { Result } from "../record/result.ts";
import { deleteObject } from "../s3/delete-objects.ts";
import { collect } from "../stream/pages.ts";
import type { CopyOptions } from "./copy-options.ts";
import { versioncopy } from "./versioncopy.ts";

describe("versioncopy", () => {
  let rig: Rig;
  before(async () => {
    rig = await openRig({ pageSize: 2 });
    rig.share();
  });
  after(() => rig.close());
  beforeEach(() => {
    rig.server.faults.clear();
    for (const { name } of [rig.source, rig.target]) {
      const bucket = rig.server.store.bucket(name);
      bucket.versioning = "Enabled";
      const keys = Array.from(
        bucket.versions.from(() => false),
        ([key]) => key,
      );
      for (const key of keys) bucket.versions.delete(key);
    }
  });

  for (const via of ["server", "stream"] as const) {
    test(`makes the same history, by ${via}`, async () => {
      await write("a", "1");
      await write("a", "22", [1, 1]);
      await write("a", "333");
      await remove("b");
      await write("b", "4");
      await remove("b");
      await write("c", "55", [1, 1]);
      await remove("c");
      await remove("c");
      await write("c", "6");
      const results = await copy({ via });
      assert.deepEqual(history(rig.target.name), history(rig.source.name));
      assert.deepEqual(history(rig.target.name), {
        a: ["1", "22", "333"],
        b: ["-", "4", "-"],
        c: ["55", "-", "-", "6"],
      });
      assert.ok(results.every(({ attributes }) => attributes?.outcome === undefined));
      assert.ok(results.every(({ attributes }) => attributes?.version !== undefined));
      const marks = results.filter(({ attributes }) => attributes?.["marker"] === "delete");
      assert.equal(marks.length, 4);
      assert.deepEqual(rig.server.store.uploads(rig.target.name), []);
    });
  }

  test("leaves out what cannot be copied, says so, and goes on", async () => {
    await write("a", "1");
    await write("a", "2");
    await write("a", "3");
    await write("b", "4");
    rig.server.faults.add({
      kind: "error",
      code: "AccessDenied",
      operation: "CopyObject",
      after: 1,
      count: 1,
    });
    const results = await copy({ via: "server" }, 1);
    assert.deepEqual(history(rig.target.name), { a: ["1", "3"], b: ["4"] });
    const codes = results.map(({ attributes }) => attributes?.code);
    assert.deepEqual(codes, [undefined, "AccessDenied", undefined, undefined]);
  });

  test("answers for all versions when the target is not there, and then throws", async () => {
    await write("a", "1");
    await remove("a");
    await write("b", "2");
    const results: Result[] = [];
    const target = { ...rig.target, name: "no-such-bucket" };
    await assert.rejects(
      async () => {
        for await (const page of run({ via: "stream" }, 1, target)) results.push(...page);
      },
      { code: "NoSuchBucket" },
    );
    assert.deepEqual(
      results.map(({ key, attributes }) => `${key} ${attributes?.code}`),
      ["a NoSuchBucket", "a NoSuchBucket", "b NoSuchBucket"],
    );
  });

  for (const [name, options] of [
    ["the same keys", {}],
    ["others, in another order", { rewriteKey: "s/a/z/" }],
  ] as const) {
    test(`done again under ${name} writes only what came since`, async () => {
      await write("a", "1");
      await write("a", "22", [1, 1]);
      await remove("b");
      await write("b", "4");
      await remove("b");
      await write("c", "5");
      await copy(options);
      const before = history(rig.target.name);
      const again = await copy(options);
      assert.deepEqual(history(rig.target.name), before);
      assert.deepEqual(
        again.map(({ attributes }) => `${attributes?.outcome} ${attributes?.code}`),
        again.map(() => "undefined AlreadyThere"),
      );
      assert.equal(again.length, 6);
      await write("a", "333");
      await remove("c");
      await copy(options);
      const contents = Object.values(history(rig.target.name)).map((all) => all.join(" "));
      assert.deepEqual(contents.toSorted(), ["- 4 -", "1 22 333", "5 -"]);
    });
  }

  test("finds any key again", async () => {
    const keys = ["\0", "a\0", "é", "\ue000", "\u{1f600}", "\u{10000}", "k".repeat(1024)];
    for (const key of keys) await write(key, "1");
    await copy({});
    const before = history(rig.target.name);
    await copy({});
    assert.deepEqual(history(rig.target.name), before);
  });

  test("writes the whole history behind another one", async () => {
    await write("a", "1");
    await write("a", "2");
    await writeObject(rig.target, { key: "a", body: Buffer.from("1") });
    await writeObject(rig.target, { key: "a", body: Buffer.from("other") });
    await copy({});
    assert.deepEqual(history(rig.target.name), { a: ["1", "other", "1", "2"] });
  });

  test("asks for what the target has a page at a time", async () => {
    for (const key of ["b", "d", "f", "h"]) await write(key, key);
    for (const key of ["a", "c", "e", "z1", "z2"]) {
      await writeObject(rig.target, { key, body: Buffer.from(key) });
    }
    const before = rig.server.requests.count("ListObjectVersions");
    await copy({});
    const ofSource = 2;
    // From b: c, e. From f: z1, z2, behind all others.
    assert.equal(rig.server.requests.count("ListObjectVersions") - before - ofSource, 2);
  });

  test("gives versions and marks the new key", async () => {
    await write("a", "1");
    await remove("a");
    await copy({ via: "server", toPrefix: "n/" });
    assert.deepEqual(history(rig.target.name), { "n/a": ["1", "-"] });
  });

  function run(
    copy: CopyOptions,
    concurrency = 4,
    target = rig.reopen({ clock: fastClock(50) }).target,
  ) {
    const signal = new AbortController().signal;
    const versions = versionPages(rig.source, { prefix: "" });
    const context = { source: rig.source, target, copy, concurrency, signal };
    return versioncopy.run(asLines(versions, versioncopy.reads), {
      ...context,
      counters: new Counters(),
    });
  }

  function copy(options: CopyOptions, concurrency?: number): Promise<readonly Result[]> {
    return collect(asLines(run(options, concurrency), versioncopy.writes));
  }

  async function write(key: string, text: string, parts?: readonly number[]): Promise<void> {
    await writeObject(rig.source, { key, body: Buffer.from(text), parts });
  }

  function remove(key: string): Promise<void> {
    return deleteObject(rig.source, { key });
  }

  /** Each key's versions, the oldest first: what they hold, or `-`. */
  function history(name: string): Record<string, readonly string[]> {
    const { versions } = rig.server.store.bucket(name);
    return Object.fromEntries(
      Array.from(
        versions.from(() => false),
        ([key, ofKey]) => [
          key,
          ofKey
            .map((version) => (version.kind === "marker" ? "-" : bytesOf(version).toString()))
            .toReversed(),
        ],
      ),
    );
  }
});
