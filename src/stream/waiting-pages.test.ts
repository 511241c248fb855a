import assert from "node:assert/strict";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { seededRandom } from "../../test/support/random.ts";
import { LineBuffer } from "./line-buffer.ts";
import { SpillFile } from "./spill-file.ts";
import { WaitingPages } from "./waiting-pages.ts";
import { WrittenLines } from "./written-lines.ts";

describe("pages that wait", () => {
  let directory: string;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "campanile-waiting-"));
  });
  after(() => rm(directory, { recursive: true }));

  test("come back as they were, in any order, and leave no file", async () => {
    const random = seededRandom(1);
    const waiting = new WaitingPages({ directory, memoryBytes: 1000 });
    const kept: { readonly page: WrittenLines<string>; readonly text: string }[] = [];
    for (let i = 0; i < 500; i++) {
      if (random() < 0.6 || kept.length === 0) {
        const text = `${i} `.repeat(1 + Math.floor(100 * random()));
        const page = pageOf(text);
        waiting.keep(page);
        kept.push({ page, text });
      } else {
        const [one] = kept.splice(Math.floor(random() * kept.length), 1);
        waiting.take(one!.page);
        assert.deepEqual([...one!.page], [one!.text]);
      }
      const inMemory = kept.reduce((sum, { page }) => sum + page.byteLength, 0);
      assert.ok(inMemory <= 1000, `${inMemory} bytes are in memory`);
    }
    assert.ok(kept.length > 50);
    assert.deepEqual(await readdir(directory), []);
    for (const { page, text } of kept) {
      waiting.take(page);
      assert.deepEqual([...page], [text]);
    }
    waiting.close();
  });

  test("stay in memory where no file can be written", () => {
    const waiting = new WaitingPages({ directory: join(directory, "none"), memoryBytes: 0 });
    assert.ok(waiting.hasRoom);
    const page = pageOf("one");
    waiting.keep(page);
    assert.ok(!waiting.hasRoom);
    waiting.take(page);
    assert.deepEqual([...page], ["one"]);
    waiting.close();
  });

  test("make no file where all fit into memory", () => {
    const waiting = new WaitingPages({ directory: join(directory, "none") });
    waiting.keep(pageOf("one"));
    assert.ok(waiting.hasRoom);
    waiting.close();
  });
});

describe("a spill file", () => {
  const blockBytes = 10;

  test("gives the room of what was taken to what comes next", () => {
    const file = new SpillFile(tmpdir(), blockBytes);
    const write = (length: number) => file.write(Buffer.alloc(length, length))!;
    const [large, small] = [write(35), write(1)];
    assert.equal(file.size, 50);
    assert.deepEqual(file.take(large), Buffer.alloc(35, 35));
    const others = [write(10), write(11), write(5)];
    assert.equal(file.size, 50);
    assert.deepEqual(file.take(small), Buffer.alloc(1, 1));
    for (const [i, length] of [10, 11, 5].entries()) {
      assert.deepEqual(file.take(others[i]!), Buffer.alloc(length, length));
    }
    file.close();
  });

  test("cannot be read when it is closed", () => {
    const file = new SpillFile(tmpdir(), blockBytes);
    const spilled = file.write(Buffer.alloc(1))!;
    file.close();
    assert.throws(() => file.take(spilled), /closed/);
    assert.equal(file.write(Buffer.alloc(1)), undefined);
  });
});

function pageOf(text: string): WrittenLines<string> {
  const lines = new LineBuffer();
  lines.addText(`${text}\n`);
  return new WrittenLines(lines, 1, { encode: String, decode: String });
}
