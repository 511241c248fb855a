import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { printable } from "./printable.ts";

describe("a text for the terminal", () => {
  const cases = [
    {
      name: "is left as it is where it is harmless",
      text: "schön 🗻 a\\b",
      shown: "schön 🗻 a\\b",
    },
    {
      name: "does not steer the terminal",
      text: "a\u001b[2Jb\u009bc",
      shown: "a\\u{1b}[2Jb\\u{9b}c",
    },
    {
      name: "stays on its line",
      text: "a\r\nb\tc\u2028d",
      shown: "a\\u{d}\\u{a}b\\u{9}c\\u{2028}d",
    },
    { name: "is not shown backwards", text: "a\u202egnp.exe", shown: "a\\u{202e}gnp.exe" },
    { name: "has no half of a pair", text: "a\ud800b", shown: "a\\u{d800}b" },
    { name: "ends somewhere", text: "x".repeat(301), shown: `${"x".repeat(300)}…` },
  ];
  for (const { name, text, shown } of cases) {
    test(name, () => {
      assert.equal(printable(text), shown);
    });
  }
});
