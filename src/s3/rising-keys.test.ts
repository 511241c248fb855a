import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { listPageOf } from "./list-page.ts";
import { firstNotRising } from "./rising-keys.ts";

/** The rows of a list reply with these keys, percent-encoded as S3 does it. */
function rowsOf(keys: readonly string[]) {
  const contents = keys.map(
    (key) =>
      `<Contents><Key>${encodeURIComponent(key)}</Key><LastModified>2026-11-24T17:00:00.000Z</LastModified>` +
      "<ETag>&quot;0123456789abcdef0123456789abcdef&quot;</ETag><Size>1</Size></Contents>",
  );
  const list = `<ListBucketResult><EncodingType>url</EncodingType><IsTruncated>false</IsTruncated>${contents.join("")}</ListBucketResult>`;
  return listPageOf(Buffer.from(list)).rows;
}

describe("firstNotRising", () => {
  const cases = [
    { name: "no keys rise", keys: [], found: undefined },
    { name: "one key rises", keys: ["a"], found: undefined },
    {
      name: "keys that differ in their last byte",
      keys: ["long-key-number-1", "long-key-number-2"],
    },
    { name: "a key behind its own beginning", keys: ["a", "ab", "abcdefghi", "abcdefghij"] },
    { name: "encoded and plain keys by turns", keys: ["a", "a/é", "b", "b+", "c", "😀", "😁"] },
    { name: "a byte above 127 behind one below", keys: ["aaaaaaaa~", "aaaaaaaaé"] },
    {
      name: "NULs",
      keys: ["\0", "\0\0\0\0\0\0\0\0", "\0\0\0\0\0\0\0\0\0", "\0\0\0\0\0\0\0\u0080"],
    },
    { name: "a key that comes twice", keys: ["a", "b", "b"], found: 2 },
    { name: "a key before the one before", keys: ["a", "c", "b", "d"], found: 2 },
    { name: "the beginning of the key before", keys: ["abcdefghijk", "abcdefghij"], found: 1 },
    { name: "an encoded key before a plain one", keys: ["b", "a é"], found: 1 },
    { name: "a byte below 127 behind one above", keys: ["aaaaaaaaé", "aaaaaaaa~"], found: 1 },
  ];
  for (const { name, keys, found } of cases) {
    test(`${name}: ${found ?? "rising"}`, () => {
      assert.equal(firstNotRising(rowsOf(keys)), found);
    });
  }

  test("finds what Buffer.compare finds, whatever the keys", () => {
    const random = randomOf(7);
    const letters = ["a", "b", "\0", "\u0080", "é", "/", "~", "😀", "\uffff"];
    for (let round = 0; round < 300; round++) {
      const keys = Array.from({ length: 6 }, () => {
        const prefix = random() < 0.7 ? "a/common/prefix/" : "";
        return (
          prefix +
          Array.from(
            { length: 1 + random() * 10 },
            () => letters[Math.floor(random() * letters.length)],
          ).join("")
        );
      });
      if (random() < 0.6) keys.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
      const wrong = keys.findIndex(
        (key, at) => at > 0 && Buffer.compare(Buffer.from(keys[at - 1]!), Buffer.from(key)) >= 0,
      );
      assert.equal(
        firstNotRising(rowsOf(keys)),
        wrong < 0 ? undefined : wrong,
        JSON.stringify(keys),
      );
    }
  });
});

/** Numbers from 0 up to 1, the same each time (a linear congruential generator of Numerical Recipes). */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
