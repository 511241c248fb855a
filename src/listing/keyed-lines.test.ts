import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { list, randomList } from "../../test/support/random-list.ts";
import { seededRandom } from "../../test/support/random.ts";
import { entryCodec } from "../record/entry.ts";
import { listPageOf, objectsOf } from "../s3/list-page.ts";
import { LineBuffer } from "../stream/line-buffer.ts";
import type { Spilled } from "../stream/spill-file.ts";
import { lazyEntryCodec } from "./entry-line-page.ts";
import { keyedLines, type KeyedLines } from "./keyed-lines.ts";
import { entryOf } from "./listed-entry.ts";

function pageOf(xml: string): KeyedLines {
  const { rows } = listPageOf(Buffer.from(xml));
  return keyedLines({ rows, count: rows.count, objects: [] });
}

const tidy = list(
  ...["a", "bé", "c"].map(
    (key) =>
      `<Contents><Key>${key}</Key><LastModified>2026-11-24T17:32:03.000Z</LastModified><ETag>&quot;ff-2&quot;</ETag><Size>12</Size></Contents>`,
  ),
  "<IsTruncated>false</IsTruncated>",
);

describe("a page of keyed lines", () => {
  test("has the entries of its list, for random lists, and columns where no line has an escape", () => {
    let plain = 0;
    for (let seed = 1; seed <= 500; seed++) {
      const xml = randomList(seededRandom(seed));
      const entries = objectsOf(listPageOf(Buffer.from(xml)).rows).map(entryOf);
      const page = pageOf(xml);
      assert.equal(page.length, entries.length, `seed ${seed}`);
      if (entries.length === 0) continue;
      const text = entries.map((entry) => entryCodec.encode(entry)).join("\n");
      const read = text.split("\n").map((line) => entryCodec.decode(line));
      assert.deepEqual([...page], read, `seed ${seed}`);
      assert.deepEqual([page.at(0), page.at(-1)], [read[0], read.at(-1)]);

      const scanned = lazyEntryCodec.pageOf?.(Buffer.from(text))?.keyRows;
      if (page.keyRows === undefined) continue;
      plain++;
      assert.deepEqual(page.keyRows.table, scanned?.table, `seed ${seed}`);
    }
    assert.ok(plain > 20, `${plain} pages had columns`);
  });

  test("is put away and brought back as it was", () => {
    const page = pageOf(tidy);
    const before = [...page];
    const { table } = page.keyRows!;
    const kept = Int32Array.from(table);
    let stored: Buffer<ArrayBuffer> | undefined;
    const spilled: Spilled = { blocks: [0], length: page.byteLength };
    page.putAway((bytes) => {
      stored = Buffer.from(Uint8Array.from(bytes).buffer);
      return spilled;
    });
    assert.equal(page.byteLength, 0);
    assert.throws(() => page.at(0), /memory was given back/);
    page.bringBack(() => stored!);
    assert.deepEqual([...page], before);
    assert.deepEqual(page.keyRows?.table, kept);
  });

  test("stays in memory where it cannot be put away", () => {
    const page = pageOf(tidy);
    page.putAway(() => undefined);
    page.bringBack(() => assert.fail("nothing was put away"));
    assert.equal(page.at(1)?.key, "bé");
  });

  test("writes its lines, until its memory is given back", () => {
    const page = pageOf(tidy);
    const lines = new LineBuffer();
    lines.addText("#\n");
    page.writeLines(lines);
    const line = (key: string): string => `${key}\tff-2\t12\t2026-11-24 17:32:03\n`;
    assert.equal(lines.written().toString(), `#\n${line("a")}${line("bé")}${line("c")}`);
    page.release();
    page.release();
    assert.throws(() => page.writeLines(lines), /memory was given back/);
  });
});
