import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { seededRandom } from "../../test/support/random.ts";
import { randomList } from "../../test/support/random-list.ts";
import { type Entry, entryCodec } from "../record/entry.ts";
import { listPageOf, objectsOf } from "../s3/list-page.ts";
import { writeEntryLines } from "../listing/entry-lines.ts";
import { entryOf } from "../listing/listed-entry.ts";
import { LineBuffer } from "./line-buffer.ts";
import { WrittenLines } from "./written-lines.ts";

const lines = new LineBuffer();

function written(text: string, count: number): WrittenLines<Entry> {
  lines.addText(text);
  return new WrittenLines(lines, count, entryCodec);
}

function linesOf(page: WrittenLines<Entry>): string {
  const to = new LineBuffer();
  to.addText("before\n");
  page.writeLines(to);
  return to.written().toString();
}

const two = "a\tff\t1\t2026-11-24 17:32:03\nb\\n\tff\t2\t2026-11-24 17:32:03\tclass=GLACIER\n";

describe("written lines", () => {
  test("give their lines to whoever writes, also when more pages were made since", () => {
    const pages = [written(two, 2), written("c\tff\t3\t2026-11-24 17:32:03\n", 1)];
    assert.equal(linesOf(pages[0]!), `before\n${two}`);
    assert.deepEqual(
      pages.map(({ length }) => length),
      [2, 1],
    );
  });

  test("are read as records when somebody looks", () => {
    const page = written(two, 2);
    assert.deepEqual(
      [...page].map(({ key, size, attributes }) => [key, size, attributes?.class]),
      [
        ["a", 1, undefined],
        ["b\n", 2, "GLACIER"],
      ],
    );
    assert.equal(page.at(1)?.key, "b\n");
    assert.equal(page.at(2), undefined);
  });

  test("may be none", () => {
    assert.deepEqual([...written("", 0)], []);
  });

  test("stay when they were read, and cannot be read when their memory was given back", () => {
    const page = written(two, 2);
    const [first] = page;
    page.release();
    page.release();
    assert.equal(first?.key, "a");
    assert.equal([...page].length, 2);
    const other = written(two, 2);
    other.release();
    assert.throws(() => [...other], /given back/);
    assert.throws(() => linesOf(other), /given back/);
  });
});

test("the lines of the first objects of any page are those of their records", () => {
  const random = seededRandom(11);
  for (let round = 0; round < 200; round++) {
    const { rows } = listPageOf(Buffer.from(randomList(random)));
    const count = Math.floor(random() * (rows.count + 1));
    const records = objectsOf(rows, 0, count).map(entryOf);
    writeEntryLines(rows, lines, count);
    const text = linesOf(new WrittenLines(lines, count, entryCodec));
    assert.equal(text, `before\n${records.map((e) => `${entryCodec.encode(e)}\n`).join("")}`);
  }
});
