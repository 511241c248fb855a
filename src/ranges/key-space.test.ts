import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { shapes } from "../../test/support/listing/shapes.ts";
import {
  indexBehind,
  type SortedKeys,
  sortedKeys,
} from "../../test/support/listing/sorted-keys.ts";
import { randomKey, seededRandom } from "../../test/support/random.ts";
import { folderOf, KeySpace } from "./key-space.ts";

const size = 100_000;

/** What is known after some pages, evenly spread. */
function learnedFrom(keys: SortedKeys): KeySpace {
  const space = new KeySpace();
  for (let page = 0; page < 50; page++) {
    const from = Math.floor(((keys.size - 1000) / 50) * page);
    space.learn(Array.from({ length: 32 }, (_, i) => keys.at(from + i * 30)));
  }
  return space;
}

/** Where the key halfway between two lies, as a part, 0 to 1, of the keys between them. */
function halfway(space: KeySpace, keys: SortedKeys, from: number, to: number): number {
  const runs = space.runs(keys.at(from), keys.at(to));
  const masses = runs.map(({ mass }) => 2 ** (mass - runs[0]!.mass));
  let before = masses.reduce((sum, mass) => sum + mass, 0) / 2;
  for (const [i, run] of runs.entries()) {
    if (masses[i]! >= before) {
      const at = indexBehind(keys, space.keyIn(run, before / masses[i]!));
      return (at - from) / (to - from);
    }
    before -= masses[i]!;
  }
  return Number.NaN;
}

describe("KeySpace", () => {
  // A point picked by chance is off by a quarter of the range.
  for (const { name, atMost } of [
    { name: "hex", atMost: 0.05 },
    { name: "seq", atMost: 0.15 },
    { name: "logs", atMost: 0.2 },
  ]) {
    test(`finds about the middle between keys as ${name} has them`, () => {
      const keys = shapes[name]!(size);
      const space = learnedFrom(keys);
      const random = seededRandom(5);
      let off = 0;
      for (let i = 0; i < 100; i++) {
        const from = Math.floor(random() * 0.7 * size);
        const to = from + Math.floor((0.05 + random() * 0.25) * size);
        off += Math.abs(halfway(space, keys, from, to) - 0.5) / 100;
      }
      assert.ok(off < atMost, `off by ${off} of the range`);
    });
  }

  test("makes short keys that begin as their run does", () => {
    const random = seededRandom(6);
    const keys = sortedKeys(Array.from({ length: 3000 }, () => randomKey(random)));
    const space = learnedFrom(keys);
    for (let i = 0; i < 2000; i++) {
      const from = Math.floor(random() * (keys.size - 1));
      const to = from + 1 + Math.floor(random() * (keys.size - 1 - from));
      for (const run of space.runs(keys.at(from), random() < 0.2 ? undefined : keys.at(to))) {
        assert.ok(run.to > run.from);
        const key = space.keyIn(run, random());
        assert.ok(key.length <= run.depth + 28);
      }
    }
  });

  test("foresees nothing outside of the names that a folder is known to have", () => {
    const space = new KeySpace();
    const folder = Buffer.from("photos/");
    const names = ["cat/", "dog/", "notes.txt"].map((name) => Buffer.from(name));
    assert.ok(space.isWorthAsking(folder));
    space.learnFolder(folder, names, false);
    assert.ok(space.hasNames(folder) && !space.isWorthAsking(folder));
    const [run] = space.runs(folder, undefined);
    assert.equal(Buffer.from(folderOf(run!)).toString(), "photos/");
    const found = new Set<string>();
    for (let share = 0; share < 1; share += 0.01) {
      found.add(space.keyIn(run!, share).subarray(7, 10).toString());
    }
    assert.deepEqual([...found], ["cat", "dog"]);
  });

  test("keeps the names of a folder with too many to itself, but learns from them", () => {
    const space = new KeySpace();
    const names = Array.from({ length: 1000 }, (_, i) => Buffer.from(`user-${10_000 + i}/`));
    space.learnFolder(new Uint8Array(), names, true);
    assert.ok(!space.hasNames(new Uint8Array()) && !space.isWorthAsking(new Uint8Array()));
    assert.ok(space.keysLearned > 50);
  });

  test("makes no key longer than it may", () => {
    const space = new KeySpace(10);
    const long = Buffer.from("0123456789abcdef");
    for (const run of space.runs(long, undefined)) {
      assert.ok(space.keyIn(run, 0.5).length <= 10);
    }
  });
});
