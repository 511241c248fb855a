import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Entry } from "../record/entry.ts";
import { collect, pagesOf } from "../stream/pages.ts";
import { asOf } from "./as-of.ts";

describe("asOf", () => {
  // Of each key the newest first: the key, the minute of the version, and `x` for a delete marker.
  const cases = [
    {
      name: "takes the newest of each key that was there",
      versions: "a3 a2 a1 b1",
      found: "a2 b1",
    },
    { name: "takes one of that very second", versions: "a2 a1", found: "a2" },
    { name: "leaves out what came later", versions: "a3 b4 c1", found: "c1" },
    { name: "leaves out what was deleted then", versions: "a2x a1 b3 b1x b0 c1", found: "c1" },
    {
      name: "takes what was deleted later, and what came back",
      versions: "a3x a1 b2 b1x",
      found: "a1 b2",
    },
    { name: "takes the newest of one second", versions: "a1 a1 a1x", found: "a1" },
    { name: "finds nothing in nothing", versions: "", found: "" },
  ];
  for (const { name, versions, found } of cases) {
    for (const size of [1, 2, 100]) {
      test(`${name}, in pages of ${size}`, async () => {
        const all = versions.split(" ").filter(Boolean).map(version);
        const entries = await collect(asOf(pagesOf(all, size), "2026-11-24 17:02:00"));
        const shown = entries.map(({ key, mtime }) => `${key}${Number(mtime.slice(14, 16))}`);
        assert.equal(shown.join(" "), found);
      });
    }
  }

  test("gives each as an object of its version", async () => {
    const [entry] = await collect(asOf(pagesOf([version("a1", 7)]), "2026-11-24 17:02:00"));
    assert.deepEqual({ ...entry?.attributes }, { version: "v7", class: "STANDARD_IA" });
  });
});

function version(text: string, i = 0): Entry {
  const [key = "", minute] = text;
  return {
    key,
    etag: "0",
    size: 1,
    mtime: `2026-11-24 17:0${minute}:00`,
    attributes: {
      version: `v${i}`,
      latest: "no",
      class: "STANDARD_IA",
      marker: text.endsWith("x") ? "delete" : undefined,
    },
  };
}
