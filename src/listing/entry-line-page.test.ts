import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { randomKey, seededRandom } from "../../test/support/random.ts";
import { Counters } from "../counters.ts";
import { compareKeys } from "../key.ts";
import type { Codec } from "../record/codec.ts";
import { type Entry, entryCodec } from "../record/entry.ts";
import { diff } from "../stages/diff.ts";
import { readRecords } from "../stream/lines.ts";
import { merge } from "../stream/merge.ts";
import { collect, type Pages } from "../stream/pages.ts";
import { lazyEntryCodec } from "./entry-line-page.ts";

const rest = "etag\t5\t2026-11-24 17:00:00";

async function* chunks(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let i = 0; i < bytes.length; i += size) yield bytes.subarray(i, i + size);
}

function read(text: string, codec: Codec<Entry>, size = 1000): Pages<Entry> {
  return readRecords({ name: "a.tsv", bytes: chunks(text, size) }, codec);
}

/** What a call comes to, also when it fails. */
async function outcome<T>(call: Promise<T>): Promise<T | string> {
  return call.catch((error: unknown) => String(error));
}

describe("lines of entries", () => {
  const pages: readonly { readonly name: string; readonly lines: string }[] = [
    { name: "of four columns", lines: `a\t${rest}\nb\t${rest}` },
    { name: "with attributes", lines: `a\t${rest}\tclass=GLACIER\nb\t${rest}\tcode=a%26b` },
    { name: "with an empty column more", lines: `a\t${rest}\t` },
    { name: "with a CR before the LF", lines: `a\t${rest}\r\nb\t${rest}` },
    { name: "without an ETag or a time", lines: "a\t\t0\t" },
    { name: "of keys that are not ASCII", lines: `é\t${rest}\n😀\t${rest}` },
    { name: "with zeros before a size", lines: "a\te\t007\tt" },
  ];
  for (const { name, lines } of pages) {
    test(`${name} are not decoded until somebody looks, and then as one by one`, () => {
      const page = lazyEntryCodec.pageOf?.(Buffer.from(lines));
      assert.ok(page?.keyRows);
      const entries = lines.split("\n").map((line) => entryCodec.decode(line));
      assert.equal(page.length, entries.length);
      assert.deepEqual([...page], entries);
      assert.deepEqual(
        entries.map((_, i) => page.at(i)),
        entries,
      );
      assert.deepEqual(page.at(-1), entries.at(-1));
      assert.deepEqual(
        [page.at(entries.length), page.at(-entries.length - 1)],
        [undefined, undefined],
      );
    });
  }

  const others = [
    { name: "an escape in a key", line: `a\\tb\t${rest}` },
    { name: "no key", line: `\t${rest}` },
    { name: "a key that is none", line: `\\N\t${rest}` },
    { name: "nothing", line: "" },
    { name: "one column", line: "a" },
    { name: "three columns", line: "a\te\t5" },
    { name: "six columns", line: `a\t${rest}\tclass=X\tmore` },
    { name: "a size that is no number", line: "a\te\t5.0\tt" },
    { name: "no size", line: "a\te\t\tt" },
    { name: "a size beyond counting", line: "a\te\t9007199254740992\tt" },
    { name: "an attribute that is none", line: `a\t${rest}\tclass` },
    { name: "attributes that are not encoded", line: `a\t${rest}\tcode=%ff` },
    { name: "an escape in the attributes", line: `a\t${rest}\t\\N` },
  ];
  for (const { name, line } of others) {
    test(`with ${name} are decoded one by one, and read or refused as always`, async () => {
      for (const lines of [line, `0\t${rest}\n${line}`, `${line}\n0\t${rest}`]) {
        assert.equal(lazyEntryCodec.pageOf?.(Buffer.from(lines)), undefined);
        assert.deepEqual(
          await outcome(collect(read(`${lines}\n`, lazyEntryCodec))),
          await outcome(collect(read(`${lines}\n`, entryCodec))),
        );
      }
    });
  }

  test("are named by their number when one cannot be read, behind pages that were not decoded", async () => {
    const lines = Array.from({ length: 500 }, (_, i) => `key-${i}\t${rest}`);
    const text = [...lines, "bad", ...lines].join("\n");
    for (const size of [100, 1000, 100_000]) {
      await assert.rejects(collect(read(text, lazyEntryCodec, size)), {
        message: /^cannot read line 501 of a.tsv: it has 1 column/,
      });
    }
  });
});

describe("two lists of which equal lines are told by their bytes", () => {
  test("differ as records do, and are refused as records are, for random lists", async () => {
    for (let seed = 1; seed <= 300; seed++) {
      const random = seededRandom(seed);
      const [source, target] = randomLists(random);
      const [size, otherSize] = [50 + Math.floor(random() * 500), 50 + Math.floor(random() * 500)];
      const compare = async (codec: Codec<Entry>): Promise<unknown> => {
        const counters = new Counters();
        const both = merge(read(source, codec, size), read(target, codec, otherSize), {
          onSame: (count) => counters.add("diff", "same", count),
        });
        const { signal } = new AbortController();
        const found = diff.run(both, { counters, concurrency: 1, signal, all: true });
        const changes = await outcome(collect(found));
        return typeof changes === "string"
          ? changes
          : { changes, counts: new Map([...counters].map(([, name, total]) => [name, total])) };
      };
      assert.deepEqual(await compare(lazyEntryCodec), await compare(entryCodec), `seed ${seed}`);
    }
  });

  test("give no record of what is the same", async () => {
    const lines = Array.from({ length: 300 }, (_, i) => `key-${1000 + i}\te\t${i}\t\n`);
    const source = lines.with(151, "key-1151\t\t5\t\n").join("");
    const target = lines
      .with(150, "key-1150\tother\t150\t\n")
      .with(151, "key-1151\t\t5\t\n")
      .with(152, "key-1152\te\t1520\t\n")
      .join("");
    const same = { count: 0, bytes: 0 };
    const both = merge(read(source, lazyEntryCodec, 700), read(target, lazyEntryCodec, 900), {
      onSame: (count, bytes) => {
        same.count += count;
        same.bytes += bytes;
      },
    });
    const found = await collect(both);
    assert.deepEqual(
      found.map(({ side, record: { key, etag, size } }) => `${side} ${key} ${etag} ${size}`),
      [
        "source key-1150 e 150",
        "target key-1150 other 150",
        // What has no ETag is the same as nothing.
        "source key-1151  5",
        "target key-1151  5",
        "source key-1152 e 152",
        "target key-1152 e 1520",
      ],
    );
    assert.deepEqual(same, { count: 297, bytes: (299 * 300) / 2 - 150 - 151 - 152 });
  });

  const wrong = [
    { name: "a key twice", keys: "a b b c", key: "b" },
    { name: "a key that goes back", keys: "a c b d", key: "b" },
    { name: "a shorter key behind a longer", keys: "aaaaaaaab aaaaaaaa", key: "aaaaaaaa" },
    { name: "an order of UTF-16", keys: "😀 \uffff", key: "\uffff" },
  ];
  for (const { name, keys, key } of wrong) {
    for (const size of [10, 40, 1000]) {
      test(`are refused with ${name} in both (read ${size} bytes at a time)`, async () => {
        const lines = keys.split(" ").map((each) => `${each}\t${rest}\n`);
        const list = (): Pages<Entry> => read(lines.join(""), lazyEntryCodec, size);
        await assert.rejects(collect(merge(list(), list(), { onSame: () => {} })), {
          name: "OutOfOrderError",
          side: "source",
          key,
        });
      });
    }
  }
});

/** Two lists that are mostly the same, and sometimes not in order. */
function randomLists(random: () => number): readonly [source: string, target: string] {
  const chance = (of: number): boolean => random() < of;
  const isOdd = chance(0.5);
  const keyOf = (): string =>
    isOdd
      ? randomKey(random)
      : `photos/${Math.floor(random() * 1e6)}é`.slice(0, chance(0.9) ? -1 : 20);
  const keys = [...new Set(Array.from({ length: 40 }, keyOf))].sort(compareKeys);
  if (chance(0.2)) keys.splice(Math.floor(random() * keys.length), 0, keys[0]!);
  const lineOf = (key: string, etag: string): string =>
    `${entryCodec.encode({
      key,
      etag,
      size: 5,
      mtime: "2026-11-24 17:00:00",
      attributes: chance(0.1) ? { class: "GLACIER" } : undefined,
    })}\n`;
  const sides = ["", ""];
  for (const key of keys) {
    for (const side of [0, 1]) {
      if (chance(0.97)) sides[side] += lineOf(key, chance(0.97) ? "e" : String(side));
    }
  }
  return sides as [string, string];
}
