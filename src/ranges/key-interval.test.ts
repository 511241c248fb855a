import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { randomKey, seededRandom } from "../../test/support/random.ts";
import { compareKeys } from "../key.ts";
import { behindPrefix, bytesOf, withPreviousCharacter } from "./byte-text.ts";
import {
  canHoldKeys,
  intersection,
  intervalOfPrefix,
  intervalOfRange,
  isBefore,
  type KeyInterval,
  onlyKeyOf,
  rangesOf,
} from "./key-interval.ts";
import type { KeyRange } from "./key-range.ts";

function isIn(key: string, { from, before }: KeyInterval): boolean {
  return bytesOf(key) >= from && isBefore(bytesOf(key), before);
}

function isInRange(key: string, { prefix = "", after, upTo }: KeyRange): boolean {
  return (
    key.startsWith(prefix) &&
    (after === undefined || compareKeys(key, after) > 0) &&
    (upTo === undefined || compareKeys(key, upTo) <= 0)
  );
}

describe("intervals of keys", () => {
  const random = seededRandom(3);
  const beginning = (key: string): string =>
    Array.from(key)
      .slice(0, 1 + Math.floor(random() * 3))
      .join("");

  test("hold what a range and a prefix hold, alone and together", () => {
    for (let round = 0; round < 3000; round++) {
      const key = randomKey(random);
      const near = (): string =>
        (random() < 0.5 ? beginning(key) : key) + (random() < 0.3 ? "\0" : "");
      const bound = (): string | undefined =>
        random() < 0.3 ? undefined : random() < 0.5 ? near() : randomKey(random);
      const range = { prefix: bound(), after: bound(), upTo: bound() };
      const told = JSON.stringify({ key, range });
      assert.equal(isIn(key, intervalOfRange(range)), isInRange(key, range), told);
      const prefix = near();
      const both = intersection(intervalOfRange(range), intervalOfPrefix(prefix));
      assert.equal(isIn(key, both), isInRange(key, range) && key.startsWith(prefix), told);
    }
  });

  test("are ranges, of which one and only one has each of their keys", () => {
    let most = 0;
    for (let round = 0; round < 4000; round++) {
      const end = (): string => {
        const key = randomKey(random);
        const bytes = bytesOf(random() < 0.4 ? beginning(key) : key);
        return random() < 0.3 ? behindPrefix(bytes)! : random() < 0.3 ? `${bytes}\0` : bytes;
      };
      const [a, b] = [end(), end()].sort();
      const interval = { from: a!, before: random() < 0.1 ? undefined : b };
      const ranges = rangesOf(interval);
      most = Math.max(most, ranges.length);
      const near = [a!, b!].map((bytes) => Buffer.from(bytes, "latin1").toString());
      const keys = [
        randomKey(random),
        ...near,
        ...near.map((text) => `${text}\0`),
        ...near.map((text) => text + randomKey(random)),
        ...near.map((text) => `${withPreviousCharacter(text) ?? ""}${randomKey(random)}`),
        ...near.map((text) => withPreviousCharacter(text) ?? ""),
      ];
      for (const key of keys) {
        if (key === "") continue;
        const count = ranges.filter((range) => isInRange(key, range)).length;
        const told = JSON.stringify({ key, interval, ranges });
        assert.equal(count, isIn(key, interval) ? 1 : 0, told);
      }
      assert.equal(ranges.length > 0, canHoldKeys(interval));
    }
    assert.equal(most, 3);
  });

  test("know when they have room for one key alone", () => {
    const longest = "é".repeat(512);
    for (const key of ["a", "é", "😀", "a\0", longest]) {
      const from = bytesOf(key);
      assert.equal(onlyKeyOf({ from, before: `${from}\0` }), from);
      const more = onlyKeyOf({ from, before: behindPrefix(from) });
      assert.equal(more, key === longest ? from : undefined, key);
    }
    assert.equal(onlyKeyOf({ from: "a", before: undefined }), undefined);
    assert.equal(onlyKeyOf({ from: "b", before: "b" }), undefined);
  });
});
