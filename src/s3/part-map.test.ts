import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { openRig, type Rig } from "../../test/support/rig.ts";
import { interfered, withoutPartNumbers } from "../../test/support/wrap-client.ts";
import { writeObject } from "../../test/support/write-object.ts";
import {
  cliPartSize,
  equalParts,
  findPartMap,
  maxPartBytes,
  maxParts,
  type PartMap,
} from "./part-map.ts";

const mib = 2 ** 20;
const gib = 2 ** 30;

describe("findPartMap", () => {
  let rig: Rig;
  before(async () => {
    rig = await openRig();
  });
  after(() => rig.close());
  beforeEach(() => rig.server.requests.clear());

  const cases: readonly {
    readonly name: string;
    readonly parts: readonly number[];
    readonly found?: readonly number[];
    readonly exact?: true;
    readonly heads: number;
  }[] = [
    { name: "one part", parts: [7], heads: 1 },
    { name: "one empty part", parts: [0], heads: 1 },
    { name: "two parts", parts: [5, 3], heads: 1 },
    { name: "two parts, the last one larger", parts: [3, 5], heads: 1 },
    { name: "two parts, the last one empty", parts: [3, 0], heads: 1 },
    { name: "equal parts", parts: [4, 4, 4, 4], heads: 2 },
    { name: "equal parts and a smaller last one", parts: [4, 4, 4, 1], heads: 2 },
    { name: "uneven parts that do not add up", parts: [8, 5, 8], heads: 3 },
    { name: "equal parts and a larger last one", parts: [4, 4, 9], heads: 3 },
    { name: "a larger first one", parts: [9, 4, 4, 4], heads: 4 },
    { name: "uneven parts that add up", parts: [8, 6, 10, 8], found: [8, 8, 8, 8], heads: 2 },
    { name: "the same, asked for exactly", parts: [8, 6, 10, 8], exact: true, heads: 4 },
    { name: "equal parts, asked for exactly", parts: [4, 4, 1], exact: true, heads: 3 },
  ];
  for (const { name, parts, found = parts, exact = false, heads } of cases) {
    test(`${name}: ${parts.join("+")} takes ${heads} HEAD`, async () => {
      const size = await write(parts);
      const { head, map } = await find(rig.source, { size, parts: parts.length, exact });
      assert.deepEqual(shown(map), { lengths: found, known: true });
      assert.equal(head.headers["content-type"], "text/x-parts");
      assert.deepEqual(rig.server.requests.byOperation(), { HeadObject: heads });
    });
  }

  test("is unknown when the server counts other parts than the ETag", async () => {
    const size = await write([4, 4, 4]);
    const { map } = await find(rig.source, { size, parts: 2 });
    assert.equal(map, undefined);
  });

  test("is unknown when the lengths do not add up to the size", async () => {
    await write([4, 4, 4]);
    const { map } = await find(rig.source, { size: 13, parts: 3 });
    assert.equal(map, undefined);
  });

  test("of an object that has changed is its PreconditionFailed", async () => {
    const size = await write([4, 4]);
    const read = { ifMatch: "0123" };
    const work = findPartMap(rig.source, "k", { size, parts: 2, read, exact: false }, {});
    await assert.rejects(work, { code: "PreconditionFailed" });
  });

  test("is asked for without the condition where a part's own ETag is compared", async () => {
    const size = await write([4, 4, 3]);
    // As moto does.
    const strict = interfered(rig.source, {
      request: (asked) =>
        asked.query?.["partNumber"] !== undefined && asked.headers?.["if-match"] !== undefined
          ? { ...asked, headers: { ...asked.headers, "if-match": '"of the part"' } }
          : asked,
    });
    const { head, map } = await find(strict, { size, parts: 3 });
    assert.deepEqual(shown(map), { lengths: [4, 4, 3], known: true });
    assert.equal(head.size, size, "the head is that of the whole object");
  });

  describe("on a server that takes no notice of part numbers", () => {
    test("is known for one part", async () => {
      const size = await write([7]);
      const { map } = await find(withoutPartNumbers(rig.source), { size, parts: 1 });
      assert.deepEqual(shown(map), { lengths: [7], known: true });
      assert.equal(rig.server.requests.total, 1);
    });

    test("is the AWS CLI's, as a guess, where the count fits", async () => {
      // Only heads are asked for, so the server need not hold the bytes.
      await write([1]);
      const { map } = await find(withoutPartNumbers(rig.source), { size: 20 * mib, parts: 3 });
      assert.deepEqual(shown(map), { lengths: [8 * mib, 8 * mib, 4 * mib], known: false });
    });

    test("is unknown where the count does not fit", async () => {
      const size = await write([3, 3]);
      const { head, map } = await find(withoutPartNumbers(rig.source), { size, parts: 2 });
      assert.equal(map, undefined);
      assert.equal(head.size, size);
    });
  });

  async function write(parts: readonly number[]): Promise<number> {
    const size = parts.reduce((sum, part) => sum + part, 0);
    const headers = { "content-type": "text/x-parts" };
    await writeObject(rig.source, { key: "k", body: Buffer.alloc(size, "x"), parts, headers });
    rig.server.requests.clear();
    return size;
  }

  function find(
    bucket: Rig["source"],
    object: { readonly size: number; readonly parts: number; readonly exact?: boolean },
  ): ReturnType<typeof findPartMap> {
    const read = { ifMatch: rig.at("k").source!.etag };
    return findPartMap(bucket, "k", { read, exact: false, ...object }, {});
  }
});

describe("cliPartSize", () => {
  const cases = [
    { size: 0, bytes: 8 * mib },
    { size: 80_000 * mib, bytes: 8 * mib },
    { size: 80_000 * mib + 1, bytes: 16 * mib },
    { size: 200e9, bytes: 32 * mib },
    { size: 1e12, bytes: 128 * mib },
    { size: 5 * 1024 * gib, bytes: gib },
    { size: maxParts * maxPartBytes, bytes: maxPartBytes },
  ];
  for (const { size, bytes } of cases) {
    test(`of ${size} bytes is ${bytes}`, () => {
      assert.equal(cliPartSize(size), bytes);
      assert.ok(equalParts(size, bytes).length <= maxParts);
    });
  }
});

describe("equalParts", () => {
  const cases = [
    { size: 0, lengths: [0] },
    { size: 1, lengths: [1] },
    { size: 4, lengths: [4] },
    { size: 5, lengths: [4, 1] },
    { size: 8, lengths: [4, 4] },
  ];
  for (const { size, lengths } of cases) {
    test(`cuts ${size} bytes into ${lengths.join("+")}`, () => {
      assert.deepEqual([...equalParts(size, 4)], lengths);
    });
  }
});

function shown(map: PartMap | undefined): object | undefined {
  return map && { ...map, lengths: [...map.lengths] };
}
