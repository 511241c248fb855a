import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { randomKey, seededRandom } from "../../test/support/random.ts";
import { compareKeys } from "../key.ts";
import { listPageOf } from "../s3/list-page.ts";
import type { ListedRows } from "../s3/listed-rows.ts";
import { countSameListed } from "./same-listed.ts";

interface Listed {
  readonly key: string;
  readonly etag?: string;
  readonly size?: number;
}

function rowsOf(prefix: string, objects: readonly Listed[]): ListedRows {
  const contents = objects.map(
    ({ key, etag = "0123456789abcdef", size = 5 }) =>
      `<Contents><Key>${encodeURIComponent(prefix + key)}</Key><LastModified>2024-05-06T07:08:09.000Z</LastModified>` +
      `<ETag>&quot;${etag}&quot;</ETag><Size>${size}</Size><StorageClass>STANDARD</StorageClass></Contents>`,
  );
  const head = "<EncodingType>url</EncodingType><IsTruncated>false</IsTruncated>";
  const xml = `<ListBucketResult>${head}${contents.join("")}</ListBucketResult>`;
  return listPageOf(Buffer.from(xml)).rows;
}

function same(
  a: readonly Listed[],
  b: readonly Listed[],
  prefixes: readonly [string, string] = ["", ""],
): number {
  const place = (objects: readonly Listed[], prefix: string) => ({
    rows: rowsOf(prefix, objects),
    at: 0,
    prefixBytes: Buffer.byteLength(prefix),
  });
  return countSameListed(
    place(a, prefixes[0]),
    place(b, prefixes[1]),
    Math.min(a.length, b.length),
  );
}

describe("countSameListed", () => {
  const a = { key: "a" };
  const b = { key: "b/c d%é" };
  const cases: readonly { name: string; other: readonly Listed[]; count: number }[] = [
    { name: "nothing differs", other: [a, b], count: 2 },
    { name: "a key differs", other: [a, { key: "b/c d%è" }], count: 1 },
    { name: "a key is longer", other: [{ key: "aa" }, b], count: 0 },
    { name: "an ETag differs", other: [a, { ...b, etag: "0123456789abcdee" }], count: 1 },
    { name: "a size differs", other: [a, { ...b, size: 6 }], count: 1 },
    { name: "a size has more digits", other: [{ ...a, size: 55 }, b], count: 0 },
    { name: "there is one less", other: [a], count: 1 },
  ];
  for (const { name, other, count } of cases) {
    test(`counts ${count} where ${name}`, () => assert.equal(same([a, b], other), count));
  }

  test("takes objects without an ETag for different ones", () => {
    assert.equal(same([{ key: "a", etag: "" }], [{ key: "a", etag: "" }]), 0);
  });

  test("compares keys behind their prefixes", () => {
    assert.equal(same([a, b], [a, b], ["é/", "x/yz/"]), 2);
    assert.equal(same([a, b], [a, { key: "b" }], ["é/", "x/yz/"]), 1);
  });

  test("finds the first difference between random listings", () => {
    const random = seededRandom(5);
    for (let round = 0; round < 200; round++) {
      const keys = new Set(
        Array.from({ length: 1 + Math.floor(random() * 20) }, () => randomKey(random)),
      );
      const objects = [...keys]
        .toSorted(compareKeys)
        .map((key) => ({ key, size: Math.floor(random() * 1e6) }));
      const at = Math.floor(random() * (objects.length + 1));
      const others = objects.map((object, i) =>
        i === at ? { ...object, size: object.size + 1 } : object,
      );
      assert.equal(same(objects, others), at, JSON.stringify(objects));
    }
  });
});
