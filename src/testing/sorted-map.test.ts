import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { SortedMap } from "./sorted-map.ts";

describe("SortedMap", () => {
  test("walks keys in the order of their UTF-8 bytes, not of their UTF-16 units", () => {
    const map = new SortedMap<number>();
    for (const key of ["\u{1f600}", "\uffee", "é", "a/", "a", "a b", "A", "a\u0001"])
      map.set(key, 0);
    assert.deepEqual(keys(map), ["A", "a", "a\u0001", "a b", "a/", "é", "\uffee", "\u{1f600}"]);
  });

  test("stays sorted and complete through many insertions and deletions in any order", () => {
    const map = new SortedMap<number>();
    const expected = new Map<string, number>();
    let seed = 1;
    for (let step = 0; step < 20_000; step++) {
      seed = (seed * 48_271) % 2_147_483_647;
      const key = `k${seed % 4000}`;
      if (seed % 3 === 0) {
        assert.equal(map.delete(key), expected.delete(key));
      } else {
        map.set(key, step);
        expected.set(key, step);
      }
    }
    assert.equal(map.size, expected.size);
    assert.deepEqual([...map.from(() => false)], [...expected].sort(byKey));
  });

  test("starts a walk at the first key the caller does not count as before", () => {
    const map = new SortedMap<number>();
    for (let number = 0; number < 3000; number++) map.set(String(number).padStart(4, "0"), number);
    for (const start of ["0000", "0511", "0512", "0513", "1024", "2999"]) {
      const [first] = map.from((key) => key < start);
      assert.deepEqual(first, [start, Number(start)]);
    }
    assert.deepEqual([...map.from(() => true)], []);
  });
});

function keys(map: SortedMap<number>): string[] {
  return Array.from(
    map.from(() => false),
    ([key]) => key,
  );
}

function byKey([a]: readonly [string, number], [b]: readonly [string, number]): number {
  return a < b ? -1 : 1;
}
