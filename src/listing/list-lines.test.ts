import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { randomKey, seededRandom } from "../../test/support/random.ts";
import { openRig, type Rig } from "../../test/support/rig.ts";
import { compareKeys } from "../key.ts";
import { deleteObject } from "../s3/delete-objects.ts";
import { putObject } from "../s3/put-object.ts";
import { LineBuffer } from "../stream/line-buffer.ts";
import { columnsForm, plainForm } from "./list-form.ts";
import {
  type LinesOptions,
  type ListedLines,
  listLevel,
  listLines,
  listVersionLines,
} from "./list-lines.ts";
import { ListingSummary } from "./listing-summary.ts";

async function linesOf(pages: AsyncGenerator<ListedLines, void>): Promise<readonly string[]> {
  const buffer = new LineBuffer();
  for await (const { lines } of pages) lines.writeLines(buffer);
  return buffer.written().toString().split("\n").slice(0, -1);
}

function how(more: Partial<LinesOptions> = {}): LinesOptions {
  return { filter: {}, form: columnsForm(["key"]), summary: new ListingSummary(), ...more };
}

describe("a listing", () => {
  let rig: Rig;
  let keys: readonly string[];
  before(async () => {
    rig = await openRig({ pageSize: 4 });
    const random = seededRandom(14);
    keys = [...new Set(Array.from({ length: 150 }, () => randomKey(random)))].sort(compareKeys);
    for (const key of keys) rig.server.putObject(rig.source.name, key, key);
    for (const key of ["a", "a/", "a/b", "a/b/c", "a/d", "b/c", "c"]) {
      rig.server.putObject(rig.target.name, key, key);
    }
  });
  after(() => rig.close());

  test("has the same lines whether entries are made for it or not", async () => {
    const options = { ordered: true, concurrency: 5, restoreStatus: true };
    const fast = how({ form: plainForm });
    // A filter that takes all, but has to look.
    const slow = how({ form: plainForm, filter: { minSize: 0 } });
    const lines = await linesOf(listLines(rig.source, options, fast));
    assert.deepEqual(await linesOf(listLines(rig.source, options, slow)), lines);
    assert.deepEqual(
      lines.map((line) => plainForm.decode(line)).map((one) => "key" in one && one.key),
      keys,
    );
    assert.deepEqual(fast.summary.total, slow.summary.total);
    assert.equal(fast.summary.total.objects, keys.length);
  });

  test("tells of pages of which nothing is wanted where they end", async () => {
    const options = { ordered: true, concurrency: 5 };
    const found: ListedLines[] = [];
    for await (const page of listLines(rig.source, options, how({ filter: { minSize: 1e9 } }))) {
      found.push(page);
    }
    assert.equal(
      found.reduce((sum, { listed }) => sum + listed, 0),
      keys.length,
    );
    assert.equal(found.at(-1)?.lastKey, keys.at(-1));
    assert.ok(found.every(({ lines }) => lines.length === 0));
  });

  const levels: readonly {
    readonly name: string;
    readonly bounds: Partial<Parameters<typeof listLevel>[1]>;
    readonly shown: string;
  }[] = [
    { name: "of all", bounds: {}, shown: "a a/ b/ c" },
    { name: "of a folder", bounds: { prefix: "a/" }, shown: "a/ a/b a/b/ a/d" },
    { name: "from a key on", bounds: { startAfter: "b" }, shown: "b/ c" },
    { name: "up to a key", bounds: { stopAt: "a/~" }, shown: "a a/" },
    { name: "by another delimiter", bounds: { delimiter: "b" }, shown: "a a/ a/b a/d b c" },
  ];
  for (const { name, bounds, shown } of levels) {
    test(`of one level ${name} has its folders among its objects`, async () => {
      const level = { prefix: "", delimiter: "/", ...bounds };
      assert.equal((await linesOf(listLevel(rig.target, level, how()))).join(" "), shown);
    });
  }

  test("of versions has all of them, with what they are", async () => {
    const versioned = await openRig({ pageSize: 2 });
    try {
      const { source, server } = versioned;
      server.store.bucket(source.name).versioning = "Enabled";
      for (const key of ["a", "b", "a", "c", "a"]) {
        await putObject(source, key, { body: Buffer.from(key), length: 1 });
      }
      await deleteObject(source, { key: "b" });
      const form = columnsForm(["key", "latest", "marker", "size"]);
      const list = (bounds: { startAfter?: string; stopAt?: string; prefix?: string }) =>
        linesOf(listVersionLines(source, { prefix: "", ...bounds }, how({ form })));
      assert.deepEqual(await list({}), [
        "a\t\\N\t\\N\t1",
        "a\tno\t\\N\t1",
        "a\tno\t\\N\t1",
        "b\t\\N\tdelete\t0",
        "b\tno\t\\N\t1",
        "c\t\\N\t\\N\t1",
      ]);
      assert.equal((await list({ startAfter: "a", stopAt: "b" })).length, 2);
      assert.equal((await list({ prefix: "c" })).length, 1);
    } finally {
      await versioned.close();
    }
  });
});
