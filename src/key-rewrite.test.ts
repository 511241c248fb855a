import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parseRewrite } from "./key-rewrite.ts";

describe("parseRewrite", () => {
  const cases = [
    ["s/a/b/", "aa", "ba"],
    ["s/a/b/g", "aa", "bb"],
    ["s/a/b/gi", "aA", "bb"],
    ["s/(\\d+)-(\\d+)/\\2-\\1/", "x 1-2 3-4", "x 2-1 3-4"],
    ["s|2024/|2025/|", "logs/2024/a", "logs/2025/a"],
    ["s/\\//-/g", "a/b/c", "a-b-c"],
    ["s#^.*/##", "a/b/c", "c"],
    ["s/b/<&>/", "abc", "a<b>c"],
    ["s/b/\\&/", "abc", "a&c"],
    ["s/b/$&$1$$/", "abc", "a$b$1$$c"],
    ["s/😀/x/", "a😀b", "axb"],
    ["s/^.//", "😀b", "b"],
    ["s/a//", "b", "b"],
  ] as const;
  for (const [text, key, changed] of cases) {
    test(`makes ${changed} of ${key} by ${text}`, () => {
      assert.equal(parseRewrite(text)(key), changed);
    });
  }

  const bad = [
    ["", /begins with s/],
    ["y/a/b/", /begins with s/],
    ["sxaxbx", /begins with s/],
    ["s/a/b", /1 of the 2/],
    ["s/a/b/g/", /3 of the 2/],
    ["s/a/b/x", /flags/],
    ["s//b/", /empty/],
    ["s/(/b/", /regular expression/i],
  ] as const;
  for (const [text, says] of bad) {
    test(`refuses ${JSON.stringify(text)}`, () => {
      assert.throws(() => parseRewrite(text), { name: "SyntaxError", message: says });
    });
  }
});
