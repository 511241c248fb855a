import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { refused } from "../../test/support/fake-client.ts";
import { ListingClient, type ListingOptions } from "../../test/support/listing/listing-client.ts";
import { shapes } from "../../test/support/listing/shapes.ts";
import { type SortedKeys, sortedKeys } from "../../test/support/listing/sorted-keys.ts";
import { randomKey, seededRandom } from "../../test/support/random.ts";
import { openRig } from "../../test/support/rig.ts";
import { compareKeys } from "../key.ts";
import { checkCut } from "./check-cut.ts";
import type { KeyRange } from "./key-range.ts";
import { type Partition, partitionByListing, partitionByProbing } from "./partition.ts";

function client(keys: SortedKeys, options: Partial<ListingOptions> = {}): ListingClient {
  return new ListingClient(keys, { random: seededRandom(1), pageSize: 1000, ...options });
}

/** Throws unless ranges are all keys with the prefix, each once. */
async function checkWhole({ ranges }: Partition, prefix = ""): Promise<void> {
  const checked = await checkCut(
    ranges.map((keys, i) => ({ number: i + 1, keys })),
    {
      prefix,
      open: () => Promise.reject(new Error("the ranges have a gap, or overlap")),
      concurrency: 1,
      maxRequests: 0,
      maxFaults: 1,
    },
  );
  assert.equal(checked.extent, "all");
}

function sizesOf(ranges: readonly KeyRange[], keys: readonly string[]): number[] {
  const isIn = (key: string, { prefix = "", after, upTo }: KeyRange): boolean =>
    key.startsWith(prefix) &&
    (after === undefined || compareKeys(key, after) > 0) &&
    (upTo === undefined || compareKeys(key, upTo) <= 0);
  return ranges.map((range) => keys.filter((key) => isIn(key, range)).length);
}

describe("partitionByListing", () => {
  test("cuts any keys of a server into ranges of the same count, and tells it", async () => {
    const rig = await openRig({ pageSize: 9 });
    try {
      const random = seededRandom(3);
      const keys = [...new Set(Array.from({ length: 400 }, () => randomKey(random)))];
      for (const key of keys) rig.server.putObject(rig.source.name, key, "");
      const options = { prefix: "", ranges: 7, concurrency: 4 };
      const partition = await partitionByListing(rig.source, options);
      await checkWhole(partition);
      const sizes = sizesOf(partition.ranges, keys);
      assert.ok(Math.max(...sizes) - Math.min(...sizes) <= 1, sizes.join());
      assert.equal(partition.keys, keys.length);
      assert.equal(partition.largest, Math.max(...sizes) / (keys.length / 7));
      assert.equal(partition.requests, rig.server.requests.count("ListObjectsV2"));
    } finally {
      await rig.close();
    }
  });

  test("cuts only what has the prefix", async () => {
    const keys = ["a", ...Array.from({ length: 90 }, (_, i) => `m/${i}`), "z"];
    const server = client(sortedKeys(keys));
    const partition = await partitionByListing(server.bucket(), { prefix: "m/", ranges: 3 });
    await checkWhole(partition, "m/");
    assert.deepEqual(sizesOf(partition.ranges, keys), [30, 30, 30]);
  });

  test("makes one range of no keys", async () => {
    const partition = await partitionByListing(client(sortedKeys([])).bucket(), {
      prefix: "",
      ranges: 5,
    });
    assert.deepEqual(partition.ranges, [{ prefix: undefined, after: undefined, upTo: undefined }]);
    assert.deepEqual([partition.keys, partition.largest], [0, 1]);
  });
});

describe("partitionByProbing", () => {
  test("takes no more requests than it may, of which half go into an attempt to list", async () => {
    const server = client(shapes["hex"]!(1_000_000));
    const options = { prefix: "", ranges: 20, maxRequests: 80 };
    const partition = await partitionByProbing(server.bucket(), options);
    await checkWhole(partition);
    assert.equal(partition.keys, undefined);
    // Those that listed when that was given up on are not answered.
    assert.ok(server.requests.length > 40 && server.requests.length <= partition.requests);
    assert.ok(partition.requests <= 80, `${partition.requests} requests`);
    assert.equal(partition.ranges.length, 20);
  });

  test("counts the keys of a bucket that can be listed so", async () => {
    const server = client(shapes["tenants"]!(20_000));
    const options = { prefix: "", ranges: 40, maxRequests: 160 };
    const partition = await partitionByProbing(server.bucket(), options);
    await checkWhole(partition);
    assert.equal(partition.keys, 20_000);
    assert.ok(partition.largest < 1.05, String(partition.largest));
  });

  test("goes on behind pages without keys", async () => {
    const server = client(shapes["seq"]!(100_000), { shortPages: 0.3 });
    const options = { prefix: "", ranges: 10, maxRequests: 60 };
    const partition = await partitionByProbing(server.bucket(), options);
    await checkWhole(partition);
    assert.ok(server.requests.length <= 60);
  });

  test("ends with the error of a request, and waits for those under way", async () => {
    let requests = 0;
    const fault = () => (++requests > 50 ? refused("AccessDenied", 403) : undefined);
    const server = client(shapes["hex"]!(1_000_000), { fault });
    const options = { prefix: "", ranges: 20, maxRequests: 80 };
    await assert.rejects(partitionByProbing(server.bucket(), options), { code: "AccessDenied" });
    assert.equal(server.underWay, 0);
  });

  test("ends by an interrupt, with its reason", async () => {
    const controller = new AbortController();
    const reason = new Error("interrupted");
    let requests = 0;
    const fault = () => {
      if (++requests === 60) controller.abort(reason);
      return undefined;
    };
    const server = client(shapes["hex"]!(1_000_000), { fault });
    const options = { prefix: "", ranges: 20, maxRequests: 80, signal: controller.signal };
    await assert.rejects(partitionByProbing(server.bucket(), options), (error) => error === reason);
  });
});
