import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Entry } from "../record/entry.ts";
import type { CopyOptions } from "./copy-options.ts";
import { renamer } from "./renamer.ts";

describe("renamer", () => {
  const cases: readonly {
    readonly name: string;
    readonly options: CopyOptions;
    readonly keys: string;
    /** What becomes of each: its new key, `=` for the same, or its code. */
    readonly becomes: string;
  }[] = [
    { name: "leaves keys alone", options: {}, keys: "a b", becomes: "= =" },
    {
      name: "puts a prefix before",
      options: { toPrefix: "n/" },
      keys: "a b/c",
      becomes: "n/a n/b/c",
    },
    {
      name: "takes a prefix away, and says which keys have none",
      options: { stripPrefix: "o/" },
      keys: "o/a a o/ o/o/b",
      becomes: "a OtherPrefix BadTargetKey o/b",
    },
    {
      name: "takes one prefix away, then replaces, then puts another before",
      options: { stripPrefix: "o/", toPrefix: "o/", rewriteKey: "s/o/x/" },
      keys: "o/a o/o",
      becomes: "= o/x",
    },
    {
      name: "finds two keys that become one",
      options: { rewriteKey: "s/-\\d+$//" },
      keys: "a-1 a-2 b a b-1",
      becomes: "a SameTarget = SameTarget SameTarget",
    },
    {
      name: "lets the versions of a key follow each other",
      options: { rewriteKey: "s/a/b/" },
      keys: "a a",
      becomes: "b b",
    },
    {
      name: "refuses a key that becomes too long, by its bytes",
      options: { toPrefix: "é".repeat(511) },
      keys: "xx xxx",
      becomes: `${"é".repeat(511)}xx BadTargetKey`,
    },
  ];
  for (const { name, options, keys, becomes } of cases) {
    test(name, () => {
      const rename = renamer(options);
      const shown = keys.split(" ").map((key) => {
        const { attributes } = rename(entry(key));
        return attributes?.code ?? attributes?.["to"] ?? "=";
      });
      assert.equal(shown.join(" "), becomes);
    });
  }

  test("keeps what an earlier stage has said", () => {
    const told = { ...entry("a"), attributes: { to: "b" } };
    assert.equal(renamer({ toPrefix: "n/" })(told), told);
  });
});

function entry(key: string): Entry {
  return { key, etag: "0", size: 1, mtime: "2026-11-24 17:00:00" };
}
