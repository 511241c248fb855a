import assert from "node:assert/strict";
import { test } from "node:test";
import { randomKey, seededRandom } from "../../test/support/random.ts";
import { escapeColumnBytes, maxEscapedBytes } from "./escape-bytes.ts";
import { escapeColumn } from "./escape.ts";

test("bytes are escaped as a string is, wherever they stand", () => {
  const random = seededRandom(11);
  const fixed = [
    "",
    "\ufeff",
    "\ufeff\ufeff",
    "\ufeff\t",
    "\0\0",
    "\\N",
    "a\tb\nc\rd\\e",
    "\b\f\v",
  ];
  const keys = [...fixed, ...Array.from({ length: 3000 }, () => randomKey(random))];
  for (const key of keys) {
    const text = Buffer.from(`<${key}>`);
    const end = text.length - 1;
    const target = Buffer.alloc(2 + maxEscapedBytes * (end - 1), "#");
    const behind = escapeColumnBytes(text, 1, end, target, 1);
    assert.equal(target.toString("utf8", 1, behind), escapeColumn(key));
    assert.equal(target[0], 0x23, "nothing is written before");
    assert.ok(
      target.subarray(behind).every((byte) => byte === 0x23),
      "nor behind",
    );
  }
});
