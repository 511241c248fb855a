import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { randomBucket } from "../../test/support/listing/random-bucket.ts";
import { shapes } from "../../test/support/listing/shapes.ts";
import {
  indexBehind,
  KeysPage,
  namesIn,
  type SortedKeys,
  sortedKeys,
} from "../../test/support/listing/sorted-keys.ts";
import { seededRandom } from "../../test/support/random.ts";
import { KeySpace } from "./key-space.ts";
import type { ProbedCut } from "./probed-cut.ts";
import { type Probe, Prober } from "./prober.ts";

interface Probed extends ProbedCut {
  readonly probes: number;
  /** How many keys are in each range. */
  readonly sizes: readonly number[];
}

/**
 * Probes keys with a few requests under way at a time, which are answered in the order of chance.
 */
function probe(
  keys: SortedKeys,
  ranges: number,
  { maxProbes = 2 * ranges, pageSize = 1000, atATime = 16, seed = 1 } = {},
): Probed {
  const random = seededRandom(seed);
  const prober = new Prober({ space: new KeySpace(), pageSize, maxProbes });
  const underWay: Probe[] = [];
  let probes = 0;
  for (;;) {
    for (let next; underWay.length < atATime && (next = prober.next()) !== undefined; probes++) {
      underWay.push(next);
    }
    const [asked] = underWay.splice(Math.floor(random() * underWay.length), 1);
    if (asked === undefined) break;
    if (asked.kind === "folder") {
      prober.receivedFolder(asked.folder, namesIn(keys, asked.folder, pageSize));
      continue;
    }
    const from = indexBehind(keys, asked.stretch.after);
    const to = Math.min(from + pageSize, keys.size);
    prober.received(asked.stretch, new KeysPage(keys, from, to));
  }
  const cut = prober.cut(ranges);
  const ends = [...cut.bounds.map((bound) => indexBehind(keys, bound)), keys.size];
  return { ...cut, probes, sizes: ends.map((end, i) => end - (ends[i - 1] ?? 0)) };
}

describe("Prober", () => {
  // What was measured, and some room: a change that makes them worse is to be seen.
  const cases = [
    { shape: "hex", mostLargest: 4, mostTold: 8 },
    { shape: "seq", mostLargest: 7, mostTold: 20 },
    { shape: "logs", mostLargest: 15, mostTold: 100 },
    { shape: "utf8", mostLargest: 15, mostTold: 100 },
    { shape: "giant", mostLargest: 20, mostTold: 100 },
    { shape: "tenants", mostLargest: 60, mostTold: 100 },
  ];
  for (const { shape, mostLargest, mostTold } of cases) {
    test(`cuts ten thousand pages of ${shape} keys by 200 probes as well as it can, and does not promise more`, () => {
      const { sizes, largest, probes } = probe(shapes[shape]!(1_000_000), 100, { pageSize: 100 });
      assert.ok(probes <= 200, `${probes} probes`);
      const found = Math.max(...sizes) / (1_000_000 / 100);
      assert.ok(found <= mostLargest, `the largest is ${found} times the mean`);
      assert.ok(largest <= mostTold, `${largest} is told`);
      assert.ok(largest >= found, `${largest} is told, ${found} is true`);
    });
  }

  test("gives rising bounds that are keys, and asks for no more than it may, whatever the keys", () => {
    const random = seededRandom(5);
    for (let round = 0; round < 120; round++) {
      const { name, keys } = randomBucket(random, 1 + Math.floor(random() * 3000));
      const ranges = 1 + Math.floor(random() * 20);
      const maxProbes = 1 + Math.floor(random() * 60);
      const pageSize = 1 + Math.floor(random() * 100);
      const atATime = 1 + Math.floor(random() * 8);
      const options = { maxProbes, pageSize, atATime, seed: round };
      const { bounds, probes, sizes, largest } = probe(keys, ranges, options);
      const told = JSON.stringify({ name, ranges, ...options });
      assert.ok(probes <= maxProbes && bounds.length < ranges, told);
      assert.equal(
        sizes.reduce((sum, size) => sum + size, 0),
        keys.size,
        told,
      );
      for (const [i, bound] of bounds.entries()) {
        assert.ok(i === 0 || Buffer.compare(bounds[i - 1]!, bound) < 0, told);
        assert.ok(bound.length > 0 && bound.length <= 1024, told);
        assert.deepEqual(Buffer.from(Buffer.from(bound).toString()), Buffer.from(bound), told);
      }
      assert.ok(largest >= 1 && largest <= bounds.length + 1, `${largest} ${told}`);
    }
  });

  test("makes one range of no keys, and of one", () => {
    for (const keys of [[], ["only"]]) {
      const { bounds, largest, probes } = probe(sortedKeys(keys), 10);
      assert.deepEqual(
        { bounds: bounds.length, largest, probes },
        { bounds: 0, largest: 1, probes: 1 },
      );
    }
  });
});
