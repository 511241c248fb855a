import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { flatMapConcurrent } from "./flat-map-concurrent.ts";
import { collect, pagesOf, type Pages } from "./pages.ts";

async function* countTo(n: number): Pages<string> {
  for (let i = 1; i <= n; i++) {
    await setImmediate();
    yield [`${n}.${i}`];
  }
}

describe("flatMapConcurrent", () => {
  for (const concurrency of [1, 2, 10]) {
    test(`gives all pages of all records, each record's in order (${concurrency} at a time)`, async () => {
      const found = await collect(
        flatMapConcurrent(pagesOf([3, 0, 5, 2], 1), concurrency, countTo),
      );
      for (const n of [3, 5, 2]) {
        const own = found.filter((text) => text.startsWith(`${n}.`));
        assert.deepEqual(own, await collect(countTo(n)));
      }
      assert.equal(found.length, 10);
    });
  }

  test("holds one untaken page a record", async () => {
    let made = 0;
    async function* pages(): Pages<number> {
      for (;;) yield [++made];
    }
    const found = flatMapConcurrent(pagesOf([1, 2, 3]), 3, pages)[Symbol.asyncIterator]();
    await found.next();
    for (let i = 0; i < 10; i++) await setImmediate();
    assert.ok(made <= 4, `${made} made`);
    await found.return?.();
  });

  test("ends what was under way when the consumer stops", async () => {
    let ended = 0;
    async function* pages(n: number): Pages<number> {
      try {
        for (;;) {
          yield [n];
          for (let i = 0; i < n; i++) await setImmediate();
        }
      } finally {
        ended++;
      }
    }
    for await (const _ of flatMapConcurrent(pagesOf([1, 2, 3]), 3, pages)) break;
    for (let i = 0; i < 10; i++) await setImmediate();
    assert.equal(ended, 3);
  });

  test("passes on what waits, then fails", async () => {
    async function* pages(n: number): Pages<number> {
      yield [n];
      if (n === 2) throw new Error("broken");
      yield [n];
    }
    const found: number[] = [];
    await assert.rejects(async () => {
      for await (const page of flatMapConcurrent(pagesOf([1, 2, 3]), 1, pages)) found.push(...page);
    }, /broken/);
    assert.deepEqual(found, [1, 1, 2]);
  });

  test("fails with its input", async () => {
    async function* input(): Pages<number> {
      yield [2];
      throw new Error("broken");
    }
    await assert.rejects(collect(flatMapConcurrent(input(), 2, countTo)), /broken/);
  });
});
