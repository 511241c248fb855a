import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { Counters } from "../counters.ts";
import { type Entry, entryCodec } from "../record/entry.ts";
import type { Stage } from "../stage.ts";
import { collect, pagesOf } from "../stream/pages.ts";
import { onlyChanges, onlyHandedOver } from "./only-changes.ts";

const time = "2026-11-24 17:00:00";

/** Gives what it is given. */
const same: Stage<Entry, Entry> = {
  name: "same",
  reads: entryCodec,
  writes: entryCodec,
  run: (entries) => entries,
};

async function run(stage: Stage<Entry, Entry>, lines: readonly string[]): Promise<string> {
  const entries = lines.map((line) => stage.reads.decode(line));
  const signal = new AbortController().signal;
  const context = { counters: new Counters(), concurrency: 1, signal };
  const found = await collect(stage.run(pagesOf(entries, 2), context));
  return found.map(({ key }) => key).join(" ");
}

describe("onlyChanges", () => {
  const lines = [
    `a\te\t1\t${time}\tchange=added`,
    `b\te\t1\t${time}`,
    `c\te\t1\t${time}\tchange=removed`,
    `d\te\t1\t${time}\tclass=GLACIER&change=changed&by=size`,
  ];
  const cases = [
    { kinds: ["added", "changed"], keys: "a d" },
    { kinds: ["removed"], keys: "c" },
    { kinds: [], keys: "" },
  ] as const;
  for (const { kinds, keys } of cases) {
    test(`lets pass what is ${kinds.join(" or ") || "nothing"}`, async () => {
      assert.equal(await run(onlyChanges(same, kinds), lines), keys);
    });
  }
});

describe("onlyHandedOver", () => {
  test("finds the entries among the results", async () => {
    const lines = [
      "a\te\t\\N\te\t\\N\t\\N\t\\N",
      `b\te\t1\t${time}\tchange=added`,
      "c\te\t\\N\t\\N\t\\N\t\\N\t\\N\toutcome=failed&code=NoSuchKey",
      `d\te\t1\t${time}\tchange=changed\t`,
      "e\te-2\tid\te\t1\t0\t9",
    ];
    assert.equal(await run(onlyHandedOver(same), lines), "b d");
  });

  test("refuses a line that is neither", async () => {
    await assert.rejects(run(onlyHandedOver(same), ["a\tb"]), SyntaxError);
  });
});
