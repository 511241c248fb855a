import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { randomKey, seededRandom } from "../../test/support/random.ts";
import { percentEncode } from "./percent-encode.ts";
import { decodeUrlEncoding } from "./url-encoding.ts";

describe("a text under encoding-type=url", () => {
  const texts = [
    { sent: "a/b", text: "a/b" },
    { sent: "a+b", text: "a b" },
    { sent: "a%2Bb", text: "a+b" },
    { sent: "a%2bb", text: "a+b" },
    { sent: "%252F", text: "%2F" },
    { sent: "%C3%A9", text: "é" },
    { sent: "é", text: "é" },
    { sent: "%F0%9F%98%80", text: "😀" },
    { sent: "%EF%BB%BFx", text: "\ufeffx" },
    { sent: "%00%0A", text: "\u0000\n" },
    { sent: "", text: "" },
  ];
  for (const { sent, text } of texts) {
    test(`${JSON.stringify(sent)} is ${JSON.stringify(text)}`, () => {
      assert.equal(decodeUrlEncoding(sent), text);
    });
  }

  for (const sent of ["%", "a%4", "%g0", "%0g", "%-1", "% 1", "%FF", "%C3", "%ED%A0%80"]) {
    test(`cannot be ${sent}`, () => {
      assert.throws(() => decodeUrlEncoding(sent), SyntaxError);
    });
  }

  test("comes back, whatever is in it", () => {
    const random = seededRandom(7);
    for (let i = 0; i < 500; i++) {
      const key = randomKey(random);
      assert.equal(decodeUrlEncoding(percentEncode(key)), key);
      assert.equal(decodeUrlEncoding(percentEncode(key).replaceAll("%20", "+")), key);
    }
  });
});
