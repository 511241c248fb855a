import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setImmediate, setTimeout } from "node:timers/promises";
import { seededRandom } from "../../test/support/random.ts";
import { mapConcurrent } from "./map-concurrent.ts";
import { collect, pagesOf } from "./pages.ts";

const numbers = Array.from({ length: 100 }, (_, i) => i);

describe("mapConcurrent", () => {
  for (const ordered of [true, false]) {
    for (const concurrency of [1, 2, 7, 1000]) {
      test(`gives every record once (ordered ${ordered}, ${concurrency} at a time)`, async () => {
        const random = seededRandom(concurrency);
        let running = 0;
        let most = 0;
        const found = await collect(
          mapConcurrent(pagesOf(numbers, 3), { concurrency, ordered }, async (n) => {
            most = Math.max(most, ++running);
            for (let i = Math.floor(random() * 5); i > 0; i--) await setImmediate();
            running--;
            return n % 3 === 0 ? [] : [n, -n];
          }),
        );
        const expected = numbers.flatMap((n) => (n % 3 === 0 ? [] : [n, -n]));
        if (!ordered) found.sort((a, b) => Math.abs(a) - Math.abs(b) || b - a);
        assert.deepEqual(found, expected);
        assert.ok(most <= concurrency, `${most} at a time`);
        if (concurrency > 1) assert.ok(most > 1);
      });
    }
  }

  test("begins nothing while a page waits to be taken", async () => {
    let begun = 0;
    const pages = mapConcurrent(pagesOf(numbers, 10), { concurrency: 4 }, async (n) => {
      begun++;
      await setImmediate();
      return [n];
    })[Symbol.asyncIterator]();
    await pages.next();
    const then = begun;
    await setTimeout(5);
    assert.equal(begun, then);
    assert.ok(begun <= 8);
    await pages.return?.();
  });

  test("does not wait for more input to pass on what is finished", async () => {
    async function* slow(): AsyncGenerator<readonly number[]> {
      yield [1];
      await new Promise(() => {});
    }
    const pages = mapConcurrent(slow(), { concurrency: 4 }, (n) => [n])[Symbol.asyncIterator]();
    assert.deepEqual(await pages.next(), { done: false, value: [1] });
  });

  for (const where of ["input", "work", "work that throws at once"]) {
    test(`passes on what has begun before it fails with the ${where}`, async () => {
      async function* input(): AsyncGenerator<readonly number[]> {
        yield [1, 2, 3];
        if (where === "input") throw new Error("broken");
        yield [4, 5];
      }
      const found: number[] = [];
      await assert.rejects(async () => {
        for await (const page of mapConcurrent(input(), { concurrency: 2 }, (n) => {
          if (where === "work that throws at once" && n === 3) throw new Error("broken");
          return setTimeout(n, [n]).then((out) => {
            if (where === "work" && n === 3) throw new Error("broken");
            return out;
          });
        })) {
          found.push(...page);
        }
      }, /broken/);
      assert.deepEqual(found.slice(0, 2), [1, 2]);
      if (where === "input") assert.deepEqual(found, [1, 2, 3]);
      assert.ok(!found.includes(5));
    });
  }

  test("ends its input when the consumer stops", async () => {
    let ended = false;
    async function* input(): AsyncGenerator<readonly number[]> {
      try {
        for (;;) yield [1];
      } finally {
        ended = true;
      }
    }
    for await (const _ of mapConcurrent(input(), { concurrency: 2 }, (n) => [n])) break;
    assert.ok(ended);
  });
});
