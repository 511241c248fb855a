import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { Counters } from "../counters.ts";
import { UserError } from "../errors.ts";
import { type Entry, entryCodec } from "../record/entry.ts";
import { type Sided, sidedEntryCodec } from "../record/sided.ts";
import { collect, pagesOf } from "../stream/pages.ts";
import { diffmap } from "./diffmap.ts";
import { diffreduce } from "./diffreduce.ts";

/** Reads `<a1 >b2`: the source has `a` with the ETag 1, the target `b` with 2. */
function sided(text: string): Sided<Entry>[] {
  return text
    .split(" ")
    .filter(Boolean)
    .map(([side, key = "", etag = ""]) => ({
      side: side === "<" ? "source" : "target",
      record: { key, etag, size: 1, mtime: "2026-11-24 17:00:00" },
    }));
}

const context = () => ({
  counters: new Counters(),
  concurrency: 1,
  signal: new AbortController().signal,
  all: true,
});

const signs: Record<string, string> = { added: "+", changed: "~", removed: "-" };

describe("diffreduce", () => {
  const cases = [
    { name: "has a pair that is the same", entries: "<a1 >a1", changes: "" },
    { name: "has it in the other order", entries: ">a1 <a1", changes: "" },
    { name: "tells a changed one by the source", entries: ">a1 <a2", changes: "~a2" },
    { name: "tells what only one side has", entries: ">a1 <b1", changes: "-a1 +b1" },
    {
      name: "tells them apart between pairs of either order",
      entries: "<a1 >a1 >b1 <b2 >c1 <d1 >d1 <e1",
      changes: "~b2 -c1 +e1",
    },
    { name: "has nothing to tell of nothing", entries: "", changes: "" },
  ];
  for (const { name, entries, changes } of cases) {
    for (const pageSize of [1, 2, 3, 100]) {
      test(`${name}, in pages of ${pageSize}`, async () => {
        const found = await collect(diffreduce.run(pagesOf(sided(entries), pageSize), context()));
        const shown = found.map(
          ({ attributes, key, etag }) => `${signs[attributes?.change ?? ""]}${key}${etag}`,
        );
        assert.equal(shown.join(" "), changes);
      });
    }
  }

  for (const entries of ["<a1 <a2", ">a1 >a1", "<a1 >a1 <a1", ">a1 <a1 >a2", ">a1 <a1 <a1"]) {
    test(`refuses a listing that has a key twice: ${entries}`, async () => {
      const found = collect(diffreduce.run(pagesOf(sided(entries), 2), context()));
      await assert.rejects(
        found,
        (error) => error instanceof UserError && /has a key twice, "a"/.test(error.message),
      );
    });
  }
});

describe("diffmap", () => {
  test("marks each entry with its listing", async () => {
    const entries = sided("<a1 <b2");
    const records = entries.map(({ record }) => record);
    const marked = diffmap.run(pagesOf(records, 1), { ...context(), side: "source" });
    const lines = (await collect(marked)).map((entry) => entryCodec.encode(entry));
    assert.deepEqual(
      lines,
      entries.map((entry) => sidedEntryCodec.encode(entry)),
    );
  });
});
