import assert from "node:assert/strict";
import { test } from "node:test";
import { cliPartSize, equalParts } from "../s3/part-map.ts";
import { tasksOf } from "./upload-plan.ts";

test("the 10,000 tasks of the largest object are made as they are taken, a page at a time", async () => {
  const size = 10_000 * 512 * 2 ** 20;
  const lengths = equalParts(size, cliPartSize(size));
  assert.equal(lengths.length, 10_000);
  let made = 0;
  const counted = {
    length: lengths.length,
    *[Symbol.iterator]() {
      for (const length of lengths) {
        made++;
        yield length;
      }
    },
  };
  const entry = { key: "k", etag: `${"0".repeat(32)}-10000`, size, mtime: "2026-11-24 17:00:00" };
  const plan = { entry, uploadId: "u", lengths: counted, attributes: {}, tags: 0 };
  const told: string[] = [];
  let end = 0;
  let number = 0;
  for await (const page of tasksOf(pages([plan]), (uploadId) => told.push(uploadId))) {
    assert.ok(made <= number + 1001, "none is made ahead");
    assert.deepEqual(told, []);
    for (const { part } of page) {
      assert.deepEqual([part?.part, part?.start, part?.parts], [++number, end, 10_000]);
      end = part!.stop + 1;
    }
  }
  assert.equal(number, 10_000);
  assert.equal(end, size);
  assert.deepEqual(told, ["u"]);
});

async function* pages<T>(...all: readonly (readonly T[])[]): AsyncGenerator<readonly T[], void> {
  yield* all;
}
