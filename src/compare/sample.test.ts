import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { sampleTest } from "./sample.ts";

const keys = Array.from({ length: 100_000 }, (_, i) => `photos/2024/${String(i).padStart(8, "0")}`);

function chosen(percent: number, seed: number): readonly string[] {
  const isSampled = sampleTest({ percent, seed });
  return keys.filter((key) => isSampled(key));
}

describe("a sample of keys", () => {
  for (const percent of [0.1, 1, 50]) {
    for (const seed of [0, 1, 2 ** 32 - 1]) {
      test(`of ${percent}% has about so many of keys that are alike (seed ${seed})`, () => {
        const expected = keys.length * (percent / 100);
        // Five standard deviations.
        const slack = 5 * Math.sqrt(expected);
        const { length } = chosen(percent, seed);
        assert.ok(Math.abs(length - expected) < slack, `${length}, and not about ${expected}`);
      });
    }
  }

  test("has all of 100%", () => assert.equal(chosen(100, 7).length, keys.length));

  test("is the same for the same seed, and for another one has next to nothing of it", () => {
    const first = new Set(chosen(1, 1));
    assert.deepEqual(new Set(chosen(1, 1)), first);
    const both = chosen(1, 2).filter((key) => first.has(key));
    assert.ok(both.length < 40, `${both.length} of 1000 in both`);
  });

  test("has no more of keys of one ending than of others", () => {
    const endings = new Map<string, number>();
    for (const key of chosen(10, 3)) {
      endings.set(key.at(-1)!, (endings.get(key.at(-1)!) ?? 0) + 1);
    }
    for (const [ending, count] of endings) assert.ok(count > 800 && count < 1200, ending);
    assert.equal(endings.size, 10);
  });
});
