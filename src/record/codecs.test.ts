import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { randomKey, seededRandom } from "../../test/support/random.ts";
import { decodeAttributes, encodeAttributes } from "./attributes.ts";
import { entryCodec } from "./entry.ts";
import { escapeColumn, unescapeColumn } from "./escape.ts";
import { resultCodec } from "./result.ts";
import { taskCodec } from "./task.ts";

describe("the escape of a column", () => {
  const cases = [
    { text: "photos/2024 (1)%.jpg", column: "photos/2024 (1)%.jpg" },
    { text: "a\tb\nc\rd\\e", column: "a\\tb\\nc\\rd\\\\e" },
    { text: "\\N", column: "\\\\N" },
    { text: "nul\0byte", column: "nul\\x00byte" },
    { text: "\ufeffmark", column: "\\xEF\\xBB\\xBFmark" },
    { text: "\ufeff\t", column: "\\xEF\\xBB\\xBF\\t" },
    { text: "inner\ufeffmark", column: "inner\ufeffmark" },
    { text: "😀\u2028", column: "😀\u2028" },
  ];
  for (const { text, column } of cases) {
    test(`writes ${JSON.stringify(text)} as ${column}, and reads it back`, () => {
      assert.equal(escapeColumn(text), column);
      assert.equal(unescapeColumn(column), text);
    });
  }

  test("is one-to-one, and safe in a line, for random keys", () => {
    const random = seededRandom(1);
    for (let i = 0; i < 5000; i++) {
      const key = randomKey(random);
      const column = escapeColumn(key);
      assert.equal(unescapeColumn(column), key);
      assert.doesNotMatch(column, /[\t\n\r\0]|^\ufeff|^\\N$/);
    }
  });

  for (const bad of ["\\", "a\\q", "\\x", "\\x4", "\\xzz", "\\N", "not UTF-8: \\xFF"]) {
    test(`refuses ${bad}`, () => assert.throws(() => unescapeColumn(bad), SyntaxError));
  }
});

describe("attributes", () => {
  test("are a URL query that reads well", () => {
    const attributes = { class: "GLACIER", restore: "2026-11-24 17:00:00", code: "a&b=c%d\té😀" };
    const column = encodeAttributes(attributes);
    assert.equal(
      column,
      "class=GLACIER&restore=2026-11-24+17:00:00&code=a%26b%3Dc%25d%09%C3%A9%F0%9F%98%80",
    );
    assert.deepEqual(decodeAttributes(column), attributes);
  });

  test("are no column when there are none", () => {
    assert.equal(encodeAttributes({ class: undefined, code: "" }), "");
    assert.equal(decodeAttributes(""), undefined);
  });

  test("keep names that are not known", () => {
    assert.equal(encodeAttributes(decodeAttributes("later=1&class=X")), "later=1&class=X");
  });
});

describe("records", () => {
  const lines = [
    { codec: entryCodec, line: "00\tbe78ac18165af5cf456453eb3f37ec9a\t10240\t2015-12-24 05:26:19" },
    { codec: entryCodec, line: "k\te\t0\t2015-12-24 05:26:19\tclass=GLACIER" },
    { codec: taskCodec, line: "00\tbe78\t10240\t2015-12-24 05:26:19\t\\N\t\\N\t\\N\t\\N\t\\N" },
    {
      codec: taskCodec,
      line: "000/00\te5f8-3\t20\t2015-12-24 05:35:21\t381e\t3\t3\t16\t19\tmap=x",
    },
    { codec: taskCodec, line: "empty\td41d-1\t0\t2015-12-24 05:35:21\tu\t1\t1\t0\t-1" },
    { codec: resultCodec, line: "000/00\te5f8-3\t7TiS\t9699\t1\t0\t8388607" },
    { codec: resultCodec, line: "00\tbe78\t\\N\tbe78\t\\N\t\\N\t\\N" },
    {
      codec: resultCodec,
      line: "00\tbe78\t\\N\t\\N\t\\N\t\\N\t\\N\toutcome=failed&code=NoSuchKey",
    },
  ] as const;
  for (const { codec, line } of lines) {
    test(`read and write ${JSON.stringify(line)}`, () => {
      assert.equal(codec.encode(codec.decode(line) as never), line);
      assert.equal(
        codec.encode(codec.decode(`${line}\t`) as never),
        line,
        "a trailing tab is let pass",
      );
    });
  }

  const bad = [
    { codec: entryCodec, line: "", says: /1 column, not 4 to 5/ },
    { codec: entryCodec, line: "a\tb\tten\td", says: /size is "ten"/ },
    { codec: entryCodec, line: "\tb\t1\td", says: /key, is empty/ },
    { codec: entryCodec, line: "\\N\tb\t1\td", says: /key, is empty/ },
    { codec: entryCodec, line: "a\tb\t1\td\tnothing", says: /no attribute/ },
    { codec: taskCodec, line: "a\tb\t1\td", says: /4 columns, not 9 to 10/ },
    { codec: taskCodec, line: "a\tb\t1\td\tu\t\\N\t1\t0\t0", says: /part number/ },
    { codec: resultCodec, line: "a\tb\tu\te\t1\tx\t0", says: /first byte/ },
  ] as const;
  for (const { codec, line, says } of bad) {
    test(`refuse ${JSON.stringify(line)}`, () => {
      assert.throws(() => codec.decode(line), { name: "SyntaxError", message: says });
    });
  }
});
