import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { seededRandom } from "../../test/support/random.ts";
import type { Result } from "../record/result.ts";
import { collect, pagesOf } from "../stream/pages.ts";
import { groupUploads } from "./uploads.ts";

/** `KEY ID PART OF`, with `!` where it failed; `KEY` alone is a plain object. */
function result(text: string): Result {
  const [key = "", uploadId, part, of] = text.replace("!", "").split(" ");
  const attributes = text.endsWith("!") ? ({ outcome: "failed", code: "X" } as const) : undefined;
  if (uploadId === undefined) return { key, etag: "e", newEtag: "e", attributes };
  const at = { uploadId, part: Number(part), start: 0, stop: 0 };
  return { key, etag: `e-${of}`, newEtag: "p", part: at, attributes };
}

async function group(rows: readonly string[], pageSize = 2): Promise<string[]> {
  const groups = await collect(groupUploads(pagesOf(rows.map(result), pageSize)));
  return groups.map((one) => {
    if (!("uploadId" in one)) return one.key;
    const parts = one.results.map(
      ({ part, attributes }) => `${part.part}${attributes === undefined ? "" : "!"}`,
    );
    return `${one.key} ${one.uploadId} ${parts.join("+")} of ${one.parts}`;
  });
}

describe("groupUploads", () => {
  const cases: readonly {
    readonly name: string;
    readonly rows: readonly string[];
    readonly groups: readonly string[];
  }[] = [
    { name: "nothing", rows: [], groups: [] },
    { name: "plain objects", rows: ["a", "b"], groups: ["a", "b"] },
    { name: "parts in order", rows: ["a u 1 2", "a u 2 2"], groups: ["a u 1+2 of 2"] },
    {
      name: "parts in any order",
      rows: ["a u 3 3", "a u 1 3", "a u 2 3"],
      groups: ["a u 1+2+3 of 3"],
    },
    {
      name: "uploads that are mixed, with plain objects",
      rows: ["a u 1 2", "b v 2 2", "c", "b v 1 2", "a u 2 2"],
      groups: ["c", "b v 1+2 of 2", "a u 1+2 of 2"],
    },
    {
      name: "two uploads of one key",
      rows: ["a u 1 2", "a v 1 2", "a v 2 2", "a u 2 2"],
      groups: ["a v 1+2 of 2", "a u 1+2 of 2"],
    },
    {
      name: "one upload id of two keys",
      rows: ["a u 1 2", "b u 2 2", "a u 2 2", "b u 1 2"],
      groups: ["a u 1+2 of 2", "b u 1+2 of 2"],
    },
    { name: "missing parts, at the end", rows: ["a u 2 3", "b"], groups: ["b", "a u 2 of 3"] },
    {
      name: "a part that comes twice",
      rows: ["a u 1 2", "a u 1 2", "a u 2 2"],
      groups: ["a u 1+2 of 2"],
    },
    {
      name: "all rows twice",
      rows: ["a u 1 2", "a u 2 2", "a u 1 2", "a u 2 2"],
      groups: ["a u 1+2 of 2", "a u 1+2 of 2"],
    },
    { name: "a failed part", rows: ["a u 1 2!", "a u 2 2"], groups: ["a u 1!+2 of 2"] },
    {
      name: "a part copied after it failed",
      rows: ["a u 1 2!", "a u 1 2", "a u 2 2"],
      groups: ["a u 1+2 of 2"],
    },
    {
      name: "a part that fails after it was copied",
      rows: ["a u 1 2", "a u 1 2!", "a u 2 2"],
      groups: ["a u 1+2 of 2"],
    },
    {
      name: "a part number beyond the last",
      rows: ["a u 1 2", "a u 3 2"],
      groups: ["a u 1+3 of 2"],
    },
  ];
  for (const { name, rows, groups } of cases) {
    test(name, async () => {
      for (const pageSize of [1, 2, 100]) assert.deepEqual(await group(rows, pageSize), groups);
    });
  }

  test("takes the number of parts from the record where the copy is cut otherwise", async () => {
    const rows = [1, 2].map((part) => ({ ...result(`a u ${part} 5`), attributes: { parts: "2" } }));
    const [upload] = await collect(groupUploads(pagesOf(rows)));
    assert.equal(upload && "parts" in upload && upload.parts, 2);
  });

  test("of many uploads in random order, has each once and whole", async () => {
    const random = seededRandom(5);
    const rows: string[] = [];
    for (let upload = 0; upload < 50; upload++) {
      const parts = 1 + Math.floor(random() * 20);
      for (let part = 1; part <= parts; part++)
        rows.push(`k${upload % 10} u${upload} ${part} ${parts}`);
    }
    rows.sort(() => random() - 0.5);
    const groups = await group(rows, 7);
    assert.equal(groups.length, 50);
    for (const text of groups) {
      const [, , parts = "", , of] = text.split(" ");
      const all = Array.from({ length: Number(of) }, (_, i) => i + 1);
      assert.equal(parts, all.join("+"));
    }
  });
});
