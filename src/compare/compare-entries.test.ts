import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { entryCodec } from "../record/entry.ts";
import { compareEntries } from "./compare-entries.ts";
import { compareModes } from "./compare-mode.ts";

/** What comes of each mode, in their order: auto, etag, size, size+mtime, checksum. */
const cases = [
  {
    name: "alike in all",
    source: "e\t5\t2026-01-01 00:00:00",
    target: "e\t5\t2026-01-01 00:00:00",
    verdicts: "=etag =etag =size =mtime ask",
  },
  {
    name: "of other sizes",
    source: "e\t5\t2026-01-01 00:00:00",
    target: "e\t6\t2026-01-01 00:00:00",
    verdicts: "~size ~size ~size ~size ~size",
  },
  {
    name: "of other ETags, the target newer",
    source: "e\t5\t2026-01-01 00:00:00",
    target: "f\t5\t2026-01-01 00:00:01",
    verdicts: "ask ~etag =size =mtime ask",
  },
  {
    name: "of other ETags, the target older",
    source: "e\t5\t2026-01-01 00:00:01",
    target: "f\t5\t2026-01-01 00:00:00",
    verdicts: "ask ~etag =size ~mtime ask",
  },
  {
    name: "without ETags",
    source: "\t5\t2026-01-01 00:00:00",
    target: "\t5\t2026-01-01 00:00:00",
    verdicts: "ask ~etag =size =mtime ask",
  },
  {
    name: "without times",
    source: "e\t5\t",
    target: "e\t5\t\\N",
    verdicts: "=etag =etag =size ~mtime ask",
  },
  {
    name: "in other parts",
    source: "e-2\t5\t2026-01-01 00:00:00",
    target: "f-3\t5\t2026-01-01 00:00:00",
    verdicts: "ask ~etag =size =mtime ask",
  },
] as const;

describe("two entries of one key", () => {
  for (const { name, source, target, verdicts } of cases) {
    test(`${name} are, by the modes: ${verdicts}`, () => {
      const [a, b] = [source, target].map((rest) => entryCodec.decode(`key\t${rest}`)) as [
        ReturnType<typeof entryCodec.decode>,
        ReturnType<typeof entryCodec.decode>,
      ];
      const found = compareModes.map((mode) => {
        const verdict = compareEntries(a, b, mode);
        return verdict === "ask" ? verdict : `${verdict.same ? "=" : "~"}${verdict.by}`;
      });
      assert.equal(found.join(" "), verdicts);
    });
  }
});
