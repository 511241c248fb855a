import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { percentEncode, percentEncodeKey } from "./percent-encode.ts";

describe("percentEncode", () => {
  test("keeps the unreserved characters and encodes every other byte", () => {
    for (let unit = 0; unit < 0x3000; unit++) {
      const character = String.fromCharCode(unit);
      const expected = /[A-Za-z0-9\-._~]/.test(character)
        ? character
        : [...Buffer.from(character)].map((byte) => `%${hex(byte)}`).join("");
      assert.equal(percentEncode(character), expected);
    }
  });

  const cases = [
    { text: "", encoded: "" },
    { text: "a b+c", encoded: "a%20b%2Bc" },
    { text: "\u{1f600}", encoded: "%F0%9F%98%80" },
    { text: "%2F", encoded: "%252F" },
  ];
  for (const { text, encoded } of cases) {
    test(`writes ${JSON.stringify(text)} as ${JSON.stringify(encoded)}`, () => {
      assert.equal(percentEncode(text), encoded);
      assert.equal(decodeURIComponent(encoded), text);
    });
  }

  test("refuses half a surrogate pair, which would become another key", () => {
    assert.throws(() => percentEncode("a\ud83d"), {
      name: "UserError",
      message: /not valid Unicode/,
    });
  });
});

describe("percentEncodeKey", () => {
  test("keeps slashes and segments as they are", () => {
    assert.equal(percentEncodeKey("//a/./../b c//"), "//a/./../b%20c//");
  });
});

function hex(byte: number): string {
  return byte.toString(16).toUpperCase().padStart(2, "0");
}
