import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { randomKey, seededRandom } from "../../test/support/random.ts";
import { openRig, type Rig } from "../../test/support/rig.ts";
import { accounts } from "../../test/support/servers/running.ts";
import { RequestLimit } from "../ranges/request-limit.ts";
import type { S3Bucket } from "../s3/client.ts";
import { sampleTree, type TreeEstimate } from "./sample-tree.ts";

const random = seededRandom(5);
const twoDigits = (n: number): string => String(n).padStart(2, "0");

/** Buckets of some thousand keys each. */
const shapes: Readonly<Record<string, readonly string[]>> = {
  "folders of folders": Array.from({ length: 3000 }, (_, i) => {
    const day = Math.floor(i / 100);
    return `logs/${twoDigits(day)}/${twoDigits(Math.floor(i / 10) % 10)}/${i}`;
  }),
  "hexadecimal keys": Array.from({ length: 3000 }, () =>
    Math.floor(random() * 2 ** 48).toString(16),
  ),
  "numbers behind one beginning": Array.from(
    { length: 3000 },
    (_, i) => `prefix/${String(i).padStart(12, "0")}`,
  ),
  "a key that all others begin with": [
    "a",
    ...Array.from({ length: 999 }, (_, i) => `a${String(i).padStart(3, "0")}`),
  ],
  "keys in folders of one to forty": Array.from({ length: 40 }, (_, i) =>
    Array.from({ length: i + 1 }, (_unused, k) => `${twoDigits(i)}/${twoDigits(k)}`),
  ).flat(),
  "keys of odd characters": Array.from({ length: 1500 }, () => randomKey(random)),
};

describe("a sample of the tree of keys", () => {
  let rig: Rig;
  before(async () => {
    rig = await openRig({ pageSize: 20 });
    for (const [i, keys] of Object.values(shapes).entries()) {
      rig.server.createBucket(`shape-${i}`, accounts.source.accessKeyId);
      for (const key of keys) rig.server.putObject(`shape-${i}`, key, Buffer.from("abc"));
    }
  });
  after(() => rig.close());

  function estimate(bucket: S3Bucket, requests: number, seed = 1): Promise<TreeEstimate> {
    return sampleTree(
      { ...bucket, s3: new RequestLimit(bucket.s3, requests) },
      {
        prefix: "",
        random: seededRandom(seed),
        measure: (objects) =>
          Promise.resolve({
            objects: objects.length,
            bytes: objects.reduce((sum, { size }) => sum + size, 0),
          }),
      },
    );
  }

  for (const [i, [name, keys]] of Object.entries(shapes).entries()) {
    test(`tells how many ${name} there are, by few of them`, async () => {
      const bucket = { ...rig.source, name: `shape-${i}` };
      const count = new Set(keys).size;
      const { means, descents, errors } = await estimate(bucket, name.includes("odd") ? 600 : 150);
      const found = means["objects"]! / count;
      // Four standard errors, and as much as chance may do to few descents.
      const slack = 4 * (errors["objects"] ?? 1) + 0.15;
      assert.ok(Math.abs(found - 1) < slack, `${found} times as many, by ${descents} descents`);
      assert.ok(Math.abs(means["bytes"]! - 3 * means["objects"]!) < 1e-6);
    });
  }

  test("is right in the mean of many", async () => {
    const bucket = { ...rig.source, name: "shape-4" };
    const count = shapes["keys in folders of one to forty"]!.length;
    let sum = 0;
    const rounds = 30;
    for (let seed = 1; seed <= rounds; seed++) {
      sum += (await estimate(bucket, 40, seed)).means["objects"]!;
    }
    const found = sum / rounds / count;
    assert.ok(found > 0.85 && found < 1.15, `${found} times as many`);
  });

  test("is exact where all fits on a page", async () => {
    const bucket = { ...rig.source, name: "few" };
    rig.server.createBucket("few", accounts.source.accessKeyId);
    for (const key of ["a/b", "a/c", "d"]) rig.server.putObject("few", key, Buffer.from("abc"));
    const found = await estimate(bucket, 10);
    assert.deepEqual(found.means, { objects: 3, bytes: 9 });
    assert.equal(found.descents, 1);
  });

  test("is none where not one path can be gone to its end", async () => {
    await assert.rejects(estimate({ ...rig.source, name: "shape-1" }, 3), {
      name: "RequestsSpent",
    });
  });
});
