import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { randomBucket } from "../../test/support/listing/random-bucket.ts";
import { shapes } from "../../test/support/listing/shapes.ts";
import { simulate } from "../../test/support/listing/simulate.ts";
import { sortedKeys } from "../../test/support/listing/sorted-keys.ts";
import { seededRandom } from "../../test/support/random.ts";
import { windowPagesInFile } from "./list-parallel.ts";

/** `CAMPANILE_LARGE_TESTS=1 node --test src/ranges/splitter.test.ts` tries the goals at their full size. */
const isLarge = process.env["CAMPANILE_LARGE_TESTS"] === "1";

describe("Splitter", () => {
  // The simulation itself throws for a key that is missing, doubled, or out of order.
  test("lists every key of any bucket once, in order where that is asked for", () => {
    const random = seededRandom(1);
    const among = (least: number, most: number): number =>
      Math.floor(least * (most / least) ** random());
    for (let seed = 0; seed < 200; seed++) {
      const bucket = randomBucket(random, among(1, 4000));
      const options = {
        slots: among(1, 300),
        pageSize: among(1, 1000),
        ordered: seed % 2 === 0,
        windowPages: among(1, 500),
        seed,
      };
      try {
        const { mostHeld } = simulate(bucket.keys, options);
        assert.ok(!options.ordered || mostHeld <= options.windowPages);
      } catch (error) {
        throw new Error(
          `${bucket.name} of ${bucket.keys.size} keys with ${JSON.stringify(options)}`,
          {
            cause: error,
          },
        );
      }
    }
  });

  for (const keys of [[], ["a"], ["a", "b"], ["\u{10ffff}"], ["/", "//", "///"]]) {
    test(`takes one request for ${JSON.stringify(keys)}`, () => {
      for (const ordered of [true, false]) {
        assert.equal(simulate(sortedKeys(keys), { slots: 64, ordered }).requests, 1);
      }
    });
  }

  // Requests to the least number possible, and time to that of the least number spread evenly. The goals are for ten million keys, which
  // take some minutes; two million have more borders between ranges a page.
  const goals = isLarge
    ? { keys: 10_000_000, by64: { requests: 1.1, wall: 1.4 }, by256: { requests: 1.3, wall: 3 } }
    : { keys: 2_000_000, by64: { requests: 1.15, wall: 1.7 }, by256: { requests: 1.4, wall: 3.8 } };
  for (const { slots, most, of } of [
    { slots: 64, most: goals.by64, of: ["logs", "hex", "seq", "utf8"] },
    { slots: 256, most: goals.by256, of: ["seq", "utf8"] },
  ]) {
    for (const ordered of [false, true]) {
      for (const shape of of) {
        const order = ordered ? "in order" : "in no order";
        test(`lists ${goals.keys} keys as ${shape} has them with ${slots} at once ${order} in about the least requests and time`, () => {
          const options = { slots, ordered, windowPages: windowPagesInFile };
          const found = simulate(shapes[shape]!(goals.keys), options);
          assert.ok(
            found.requestRatio <= most.requests,
            `${found.requestRatio} times the requests`,
          );
          assert.ok(found.wallRatio <= most.wall, `${found.wallRatio} times the time`);
        });
      }
    }
  }

  for (const shape of ["giant", "tenants"]) {
    test(`lists two million keys of which most lie together, as ${shape} has them`, () => {
      const found = simulate(shapes[shape]!(2_000_000), { slots: 16 });
      assert.ok(found.requestRatio <= 1.2, `${found.requestRatio} times the requests`);
      assert.ok(found.wallRatio <= 1.6, `${found.wallRatio} times the time`);
    });
  }

  test("keeps to a window, and is many times faster than one by one all the same", () => {
    for (const shape of ["logs", "hex"]) {
      const found = simulate(shapes[shape]!(2_000_000), {
        slots: 16,
        ordered: true,
        windowPages: 640,
      });
      assert.ok(found.mostHeld <= 640);
      assert.ok(found.requestRatio <= 1.15, `${found.requestRatio} times the requests`);
      assert.ok(16 / found.wallRatio >= 10, `${16 / found.wallRatio} times faster`);
    }
  });
});
