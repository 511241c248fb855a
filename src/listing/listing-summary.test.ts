import assert from "node:assert/strict";
import { test } from "node:test";
import { randomList } from "../../test/support/random-list.ts";
import { seededRandom } from "../../test/support/random.ts";
import { listPageOf, objectsOf } from "../s3/list-page.ts";
import { entryOf } from "./listed-entry.ts";
import { ListingSummary, summaryForPeople, summaryJson, summaryLines } from "./listing-summary.ts";

const time = "2026-11-24 17:32:03";

function summed(): ListingSummary {
  const summary = new ListingSummary();
  for (const [size, name] of [
    [2000, "GLACIER"],
    [1, undefined],
    [3, "GLACIER"],
  ] as const) {
    summary.add({ key: "k", etag: "", size, mtime: time, attributes: { class: name } });
  }
  summary.add({ key: "k", etag: "", size: 0, mtime: time, attributes: { marker: "delete" } });
  return summary;
}

test("objects and bytes are summed up by class, delete markers apart", () => {
  assert.deepEqual(summaryLines(summed()), [
    "DELETE_MARKER\t1\t0",
    "GLACIER\t2\t2003",
    "STANDARD\t1\t1",
    "total\t4\t2004",
  ]);
  assert.deepEqual(JSON.parse(summaryJson(summed())), {
    objects: 4,
    bytes: 2004,
    classes: {
      DELETE_MARKER: { objects: 1, bytes: 0 },
      GLACIER: { objects: 2, bytes: 2003 },
      STANDARD: { objects: 1, bytes: 1 },
    },
  });
  assert.equal(summaryForPeople(summed())[1], "GLACIER        2 objects  2.0 KiB");
});

test("the sums of any page's bytes are those of its objects", () => {
  const random = seededRandom(12);
  const fast = new ListingSummary();
  const slow = new ListingSummary();
  for (let round = 0; round < 300; round++) {
    const { rows } = listPageOf(Buffer.from(randomList(random)));
    const count = Math.floor(random() * (rows.count + 1));
    fast.addRows(rows, count);
    for (const object of objectsOf(rows, 0, count)) slow.add(entryOf(object));
    assert.equal(summaryJson(fast), summaryJson(slow));
  }
  assert.ok(fast.total.objects > 300);
});
