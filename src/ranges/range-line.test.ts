import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { randomKey, seededRandom } from "../../test/support/random.ts";
import { compareKeys } from "../key.ts";
import type { KeyRange } from "./key-range.ts";
import { partLineCodec } from "./part-file.ts";
import { isRangeLine, rangeLineCodec } from "./range-line.ts";

function range(after?: string, upTo?: string, prefix?: string): KeyRange {
  return { prefix, after, upTo };
}

describe("range line", () => {
  const cases: readonly { name: string; line: string; range: KeyRange }[] = [
    { name: "all keys", line: "range\t\\N\t\\N", range: range() },
    { name: "the first keys", line: "range\t\\N\tm", range: range(undefined, "m") },
    { name: "the last keys", line: "range\tm\t\\N", range: range("m") },
    { name: "keys between two", line: "range\ta,b/\tü", range: range("a,b/", "ü") },
    { name: "a key with tab and newline", line: "range\ta\\tb\\n\t\\N", range: range("a\tb\n") },
    { name: "a key that looks like none", line: "range\t\\\\N\t\\N", range: range("\\N") },
    { name: "a prefix", line: "range\t\\N\tp/m\tp/", range: range(undefined, "p/m", "p/") },
  ];
  for (const { name, line, range } of cases) {
    test(`stands for ${name}`, () => {
      assert.equal(rangeLineCodec.encode(range), line);
      assert.deepEqual(rangeLineCodec.decode(line), range);
      assert.ok(isRangeLine(line));
    });
  }

  test("carries any keys", () => {
    const random = seededRandom(3);
    for (let i = 0; i < 5000; i++) {
      const keys = [randomKey(random), randomKey(random)].sort(compareKeys);
      if (keys[0] === keys[1]) continue;
      const line = rangeLineCodec.encode(range(keys[0], keys[1], randomKey(random)));
      assert.doesNotMatch(line, /[\n\r\0]/);
      assert.equal(rangeLineCodec.encode(rangeLineCodec.decode(line)), line);
      assert.equal(rangeLineCodec.decode(line).after, keys[0]);
      assert.equal(rangeLineCodec.decode(line).upTo, keys[1]);
    }
  });

  test("is told from a line of the original", () => {
    for (const prefix of ["range", "ranges/", "range,", ""]) {
      for (const delimiter of ["/", "", "range"]) {
        assert.ok(!isRangeLine(partLineCodec.encode({ delimiter, prefix })));
      }
    }
  });

  test("is read with a carriage return or a tab at its end, as Windows and Hadoop leave them", () => {
    for (const end of ["\r", "\t", "\t\r"]) {
      assert.deepEqual(rangeLineCodec.decode(`range\ta\tb${end}`), range("a", "b"));
    }
  });

  for (const { line, error } of [
    { line: "range\ta", error: /it has 2 columns, not 3 to 4/ },
    { line: "/,photos/", error: /it has 1 column/ },
    { line: "rang\ta\tb", error: /its first column is "rang", not "range"/ },
    { line: "range\t\tb", error: /its AFTER is empty; no bound is written \\N/ },
    { line: "range\ta\t", error: /its UPTO is empty/ },
    { line: "range\tb\ta", error: /no key is behind "b" and not behind "a"/ },
    { line: "range\ta\ta", error: /no key is behind/ },
    { line: "range\t😀\t\uffff", error: /no key is behind/ },
    { line: "range\ta\\q\tb", error: /is no escape/ },
  ]) {
    test(`is refused as ${JSON.stringify(line)}`, () => {
      assert.throws(() => rangeLineCodec.decode(line), { name: "SyntaxError", message: error });
    });
  }
});
