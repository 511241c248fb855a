import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Counters } from "../counters.ts";
import { type Entry, entryCodec } from "../record/entry.ts";
import type { Page } from "../stream/pages.ts";
import { Tally } from "./tally.ts";

const entry: Entry = { key: "k", etag: "e", size: 1, mtime: "2026-11-24 17:00:00" };

describe("a tally", () => {
  test("counts outcomes, and codes by name", () => {
    const tally = new Tally();
    const counters = new Counters();
    const failed = { ...entry, attributes: { outcome: "failed", code: "NoSuchKey" } } as const;
    tally.add([entry, failed, failed], counters, "stage");
    assert.equal(tally.describe(counters, "stage"), "3 records; 2 NoSuchKey");
    assert.deepEqual(
      [...counters],
      [
        ["stage", "records", 3],
        ["stage", "failed", 2],
      ],
    );
    assert.throws(() => tally.throwIfUndone("copy"), { reason: "some-failed" });
  });

  test("makes no records of a page that says it has no outcomes", () => {
    const page: Page<Entry> = {
      length: 7,
      at: () => assert.fail("a record is made"),
      columns: {
        codec: entryCodec,
        hasNoOutcomes: true,
        writeLines: () => assert.fail("nobody writes"),
        release: () => assert.fail("nobody is done with it"),
      },
      [Symbol.iterator]: () => assert.fail("a record is made"),
    };
    const tally = new Tally();
    const counters = new Counters();
    tally.add(page, counters, "stage");
    assert.equal(tally.describe(counters, "stage"), "7 records");
    tally.throwIfUndone("list");
  });
});
