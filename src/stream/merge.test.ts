import assert from "node:assert/strict";
import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { randomKey, seededRandom } from "../../test/support/random.ts";
import { compareKeys } from "../key.ts";
import { type Entry, entryCodec } from "../record/entry.ts";
import { merge } from "./merge.ts";
import { collect, type Pages, pagesOf } from "./pages.ts";
import { sortByKey } from "./sort.ts";

const entryOf = (key: string, size = 0): Entry => ({
  key,
  etag: "e",
  size,
  mtime: "2026-11-24 17:00:00",
  attributes: undefined,
});
const listing = (keys: string): Entry[] =>
  keys
    .split(" ")
    .filter(Boolean)
    .map((key) => entryOf(key));

/** Random keys, each once, as S3 orders them. */
function randomKeys(seed: number, count: number): string[] {
  const random = seededRandom(seed);
  const keys = new Set(Array.from({ length: count }, () => randomKey(random)));
  return [...keys].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

test("compareKeys orders random keys by their UTF-8 bytes", () => {
  const keys = randomKeys(3, 2000);
  const random = seededRandom(4);
  const shuffled = [...keys].sort(() => random() - 0.5);
  assert.deepEqual(shuffled.sort(compareKeys), keys);
});

describe("merge", () => {
  const cases = [
    { source: "", target: "", merged: "" },
    { source: "a b", target: "", merged: "<a <b" },
    { source: "", target: "a", merged: ">a" },
    { source: "a c d", target: "b c e", merged: "<a >b <c >c <d >e" },
    { source: "\uffff", target: "😀", merged: "<\uffff >😀" },
  ];
  for (const { source, target, merged } of cases) {
    for (const size of [1, 2, 100]) {
      test(`makes ${merged || "nothing"} of "${source}" and "${target}" (pages of ${size})`, async () => {
        const found = await collect(
          merge(pagesOf(listing(source), size), pagesOf(listing(target), size)),
        );
        const shown = found.map(({ side, record }) => (side === "source" ? "<" : ">") + record.key);
        assert.equal(shown.join(" "), merged);
      });
    }
  }

  for (const source of ["b a", "a a", "a 😀 \uffff"]) {
    test(`refuses "${source}", which is not in order`, async () => {
      const merged = merge(pagesOf(listing(source), 1), pagesOf(listing("a"), 1));
      await assert.rejects(collect(merged), { name: "OutOfOrderError", side: "source" });
    });
  }
});

describe("sortByKey", () => {
  const cases = [
    { maxBytes: 1e9 },
    { maxBytes: 5000 },
    { maxBytes: 1 },
    { maxBytes: 1, maxMerged: 2 },
    { maxBytes: 1, maxMerged: 5 },
  ];
  for (const bounds of cases) {
    test(`sorts random keys and leaves nothing behind (${JSON.stringify(bounds)})`, async (t) => {
      const directory = await mkdtemp(join(tmpdir(), "campanile-test-"));
      t.after(() => rm(directory, { recursive: true }));
      const keys = randomKeys(5, 300);
      const random = seededRandom(6);
      const entries = [...keys, ...keys].map((key, i) => entryOf(key, i));
      entries.sort(() => random() - 0.5);
      const found = await collect(
        sortByKey(pagesOf(entries, 50), entryCodec, { directory, ...bounds }),
      );
      assert.deepEqual(
        found.map(({ key }) => key),
        keys.flatMap((key) => [key, key]),
      );
      const order = new Map(entries.map(({ size }, i) => [size, i]));
      for (let i = 0; i < found.length; i += 2) {
        assert.ok(order.get(found[i]!.size)! < order.get(found[i + 1]!.size)!, "it is stable");
      }
      assert.deepEqual(await readdir(directory), []);
    });
  }

  test("leaves nothing behind when it is given up, before the first record or after it", async (t) => {
    const directory = await mkdtemp(join(tmpdir(), "campanile-test-"));
    t.after(() => rm(directory, { recursive: true }));
    const sort = (pages: Pages<Entry>): Pages<Entry> =>
      sortByKey(pages, entryCodec, { directory, maxBytes: 1, maxMerged: 3 });
    const entries = randomKeys(7, 100).map((key) => entryOf(key));

    const interrupted = async function* (): Pages<Entry> {
      yield* pagesOf(entries, 5);
      assert.equal((await readdir(directory)).length, 1, "runs are on disk");
      throw new Error("interrupted");
    };
    await assert.rejects(collect(sort(interrupted())), { message: "interrupted" });
    assert.deepEqual(await readdir(directory), []);

    for await (const page of sort(pagesOf(entries, 5))) {
      assert.ok(page.length > 0);
      const [inside] = await readdir(directory);
      const { mode } = await stat(join(directory, inside!));
      assert.equal(mode & 0o077, 0, "for nobody else to read");
      break;
    }
    assert.deepEqual(await readdir(directory), []);
  });

  test("says where it cannot write, and what to do", async () => {
    const directory = join(tmpdir(), "campanile-test-is-not-there");
    const sorted = sortByKey(pagesOf([entryOf("a")]), entryCodec, { directory, maxBytes: 1 });
    await assert.rejects(collect(sorted), {
      name: "UserError",
      hint: /TMPDIR/,
      message: /cannot sort in .*is-not-there/,
    });
  });
});
