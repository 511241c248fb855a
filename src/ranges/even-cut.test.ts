import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { seededRandom } from "../../test/support/random.ts";
import { type CutKeys, EvenCut } from "./even-cut.ts";

function keyOf(index: number): string {
  return String(index).padStart(8, "0");
}

/** Cuts so many keys, numbered from 1, that come in pages of chance. */
function cut(count: number, ranges: number, seed = 1): CutKeys {
  const random = seededRandom(seed);
  const even = new EvenCut(ranges);
  for (let at = 0; at < count;) {
    const length = Math.min(count - at, 1 + Math.floor(random() * 1000));
    const from = at + 1;
    even.add(even.sample(length, (i) => keyOf(from + i)));
    at += length;
  }
  assert.equal(even.count, count);
  return even.cut();
}

describe("EvenCut", () => {
  const cases = [
    { count: 0, ranges: 3, sizes: [0] },
    { count: 1, ranges: 3, sizes: [1] },
    { count: 2, ranges: 3, sizes: [1, 1] },
    { count: 3, ranges: 3, sizes: [1, 1, 1] },
    { count: 10, ranges: 1, sizes: [10] },
    { count: 10, ranges: 4, sizes: [3, 2, 3, 2] },
    { count: 600, ranges: 3, sizes: [200, 200, 200] },
  ];
  for (const { count, ranges, sizes } of cases) {
    test(`cuts ${count} keys into ${sizes.length} ranges where ${ranges} are asked for`, () => {
      const found = cut(count, ranges);
      assert.deepEqual(found.sizes, sizes);
      const ends = sizes.slice(0, -1).map((_, i) => sizes.slice(0, i + 1).reduce((a, b) => a + b));
      assert.deepEqual(found.bounds, ends.map(keyOf));
    });
  }

  test("tells the sizes as they are, and keeps them near to even, of however many keys", () => {
    for (let seed = 0; seed < 40; seed++) {
      const random = seededRandom(seed);
      const ranges = 2 + Math.floor(random() * 30);
      const count = Math.floor(random() * 200_000);
      const { bounds, sizes } = cut(count, ranges, seed);
      const ends = [0, ...bounds.map(Number), count];
      assert.deepEqual(
        sizes,
        ends.slice(1).map((end, i) => end - ends[i]!),
      );
      const largest = Math.max(...sizes) / (count / ranges);
      assert.ok(count < 10 * ranges || largest < 1.07, `${count} in ${ranges}: ${largest}`);
    }
  });

  test("takes a few keys of each page, however many pages wait to be added", () => {
    const even = new EvenCut(10);
    const samples = Array.from({ length: 1000 }, (_, page) =>
      even.sample(1000, (i) => keyOf(page * 1000 + i + 1)),
    );
    const marks = samples.reduce((sum, sample) => sum + sample.marks.length, 0);
    assert.ok(marks < 20_000, `${marks} keys are kept`);
    for (const sample of samples) even.add(sample);
    const { sizes } = even.cut();
    assert.ok(Math.max(...sizes) < 1.03 * 100_000, String(Math.max(...sizes)));
  });
});
