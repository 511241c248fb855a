import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { entryCodec } from "../record/entry.ts";
import { type EntryFilter, filterOf, type KeyPattern } from "./entry-filter.ts";

const entries = [
  "a.jpg\tff\t0\t2024-01-01 00:00:00",
  "b/a.txt\tff\t1024\t2024-06-01 00:00:00\tclass=GLACIER",
  "b/c.jpg\tff\t1025\t2025-01-01 00:00:00\tclass=DEEP_ARCHIVE",
].map((line) => entryCodec.decode(line));

function patterns(text: string): readonly KeyPattern[] {
  return text.split(" ").map((word) => ({
    kind: word.startsWith("+") ? "include" : "exclude",
    pattern: word.slice(1),
  }));
}

describe("a filter of entries", () => {
  const cases: readonly {
    readonly name: string;
    readonly filter: EntryFilter;
    readonly keys: string;
  }[] = [
    { name: "sizes from the least on", filter: { minSize: 1024 }, keys: "b/a.txt b/c.jpg" },
    { name: "sizes up to the greatest", filter: { maxSize: 1024 }, keys: "a.jpg b/a.txt" },
    {
      name: "what changed then or later",
      filter: { newerThan: "2024-06-01 00:00:00" },
      keys: "b/a.txt b/c.jpg",
    },
    { name: "what changed before", filter: { olderThan: "2024-06-01 00:00:00" }, keys: "a.jpg" },
    { name: "a class that is not named", filter: { classes: ["STANDARD"] }, keys: "a.jpg" },
    { name: "classes", filter: { classes: ["GLACIER", "STANDARD"] }, keys: "a.jpg b/a.txt" },
    { name: "all of several", filter: { minSize: 1, classes: ["STANDARD"] }, keys: "" },
    { name: "what is included", filter: { patterns: patterns("+*.jpg") }, keys: "a.jpg b/c.jpg" },
    {
      name: "what is not excluded",
      filter: { patterns: patterns("-b/*") },
      keys: "a.jpg",
    },
    {
      name: "what the last pattern that matches includes",
      filter: { patterns: patterns("-* +b/* -*.txt") },
      keys: "b/c.jpg",
    },
    {
      name: "what is included, and not excluded again",
      filter: { patterns: patterns("+*.jpg -b/*") },
      keys: "a.jpg",
    },
    {
      name: "what an exclusion leaves and an inclusion takes back",
      filter: { patterns: patterns("-*.jpg +b/*") },
      keys: "b/a.txt b/c.jpg",
    },
  ];
  for (const { name, filter, keys } of cases) {
    test(`takes ${name}`, () => {
      const isWanted = filterOf(filter)!;
      const found = entries.filter((entry) => isWanted(entry)).map(({ key }) => key);
      assert.equal(found.join(" "), keys);
    });
  }

  test("matches patterns with what is behind a folder, and shows an expression the whole key", () => {
    const cases = [
      { filter: { patterns: patterns("-c.jpg") }, keys: "a.jpg b/a.txt" },
      { filter: { patterns: patterns("-b/*") }, keys: "a.jpg b/a.txt b/c.jpg" },
      { filter: { expression: "key.startsWith('b/')" }, keys: "b/a.txt b/c.jpg" },
    ];
    for (const { filter, keys } of cases) {
      const found = entries.filter(filterOf(filter, "b/")!).map(({ key }) => key);
      assert.equal(found.join(" "), keys);
    }
  });

  test("is none where nothing is asked for", () => {
    assert.equal(filterOf({ patterns: [], minSize: undefined }), undefined);
  });
});
