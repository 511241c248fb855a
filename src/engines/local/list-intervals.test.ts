import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { collect, pagesOf } from "../../stream/pages.ts";
import { listIntervals } from "./list-intervals.ts";

function entriesOf(keys: string) {
  const made = keys === "" ? [] : keys.split(" ");
  return made.map((key) => ({ key, etag: "e", size: 1, mtime: "2024-05-06 07:08:09" }));
}

/** `a-c` is (a, c]; a missing letter is no bound. */
function rangesOf(text: string) {
  return text.split(" ").map((range) => {
    const [after, upTo] = range
      .split("-")
      .map((key) => (key === "" ? undefined : Buffer.from(key)));
    return { after, upTo };
  });
}

async function cut(keys: string, ranges: string, prefix = ""): Promise<string> {
  let text = "";
  const list = pagesOf(entriesOf(keys), 2);
  for await (const { entries, after, upTo } of listIntervals(list, rangesOf(ranges), prefix)) {
    const found = entries.map(({ key }) => key).join(",");
    text += `${after?.toString() ?? ""}-${upTo?.toString() ?? ""}:${found} `;
  }
  return text.trim();
}

describe("listIntervals", () => {
  const cases = [
    { keys: "a b c", ranges: "-", found: "-:a,b,c" },
    { keys: "", ranges: "-", found: "-:" },
    { keys: "a b c d e", ranges: "-a c-d", found: "-a:a c-d:d" },
    { keys: "b e", ranges: "-a c-d d-", found: "-a: c-d: d-:e" },
    { keys: "a c", ranges: "c-", found: "c-:" },
    { keys: "a", ranges: "-b c-d e-f", found: "-b:a c-d: e-f:" },
  ];
  for (const { keys, ranges, found } of cases) {
    test(`cuts "${keys}" into ${found}`, async () => assert.equal(await cut(keys, ranges), found));
  }

  test("cuts by what stands behind the prefix, and passes over what does not begin so", async () => {
    assert.equal(await cut("a p/a p/b p/c q", "a-b", "p/"), "a-b:p/b");
  });

  test("ends an interval with as many entries as a page of a listing has", async () => {
    const keys = Array.from({ length: 2500 }, (_, i) => String(i).padStart(5, "0"));
    const intervals = listIntervals(pagesOf(entriesOf(keys.join(" "))), rangesOf("-"), "");
    const found: string[] = [];
    for await (const { entries, after, upTo } of intervals) {
      found.push(`${after?.toString() ?? ""}-${upTo?.toString() ?? ""}:${entries.length}`);
    }
    assert.deepEqual(found, ["-00999:1000", "00999-01999:1000", "01999-:500"]);
  });

  for (const keys of ["a c b", "a a"]) {
    test(`refuses "${keys}", which is in no order`, async () => {
      await assert.rejects(
        collect(listIntervals(pagesOf(entriesOf(keys)), rangesOf("-"), "") as never),
        /not in the order of keys/,
      );
    });
  }
});
