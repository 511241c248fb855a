import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { gzipSync } from "node:zlib";

import { Counters } from "../../src/counters.ts";
import { compareKeys } from "../../src/key.ts";
import { type Entry, entryCodec } from "../../src/record/entry.ts";
import { diff } from "../../src/stages/diff.ts";
import { merge } from "../../src/stream/merge.ts";
import { collect, pagesOf } from "../../src/stream/pages.ts";
import { randomKey, seededRandom } from "../support/random.ts";
import { inCheckout } from "../support/servers/checkout.ts";
import { runHadoop } from "./support/client.ts";

/** Keys that a line, Hadoop or Hive would each take for something else. */
const oddKeys = [
  "\\N",
  "\\",
  "\ufeffmark",
  "a\tb",
  "a\rb",
  "a\r\nb",
  "a\nb",
  "nul\0",
  "\u0001",
  "'quoted' \"twice\"",
  "${SRC}",
  "back\\slash\\",
  "\\t",
  "%09",
  " ",
  "x".repeat(1024),
  "\t".repeat(1024),
  "\ud83d\ude00",
  "\uffff",
];

const count = 2000;

describe("the difference of two listings", () => {
  const random = seededRandom(20261124);
  let place: string;
  /** How many rows it must have, so that a test of nothing is seen. */
  let changes: number;
  const local: Record<"all" | "new", string[]> = { all: [], new: [] };

  before(async () => {
    place = await mkdtemp(join(tmpdir(), "campanile-diff-"));
    const keys = new Set(oddKeys);
    while (keys.size < count) keys.add(randomKey(random));
    const lists = { src: [] as Entry[], dst: [] as Entry[] };
    changes = 0;
    for (const key of keys) {
      const entry = randomEntry(key);
      const kind = Math.floor(random() * 4);
      if (kind !== 1) lists.src.push(entry);
      if (kind !== 2)
        lists.dst.push(kind === 3 ? { ...entry, mtime: "2026-11-25 00:00:00" } : entry);
      if (kind === 0) lists.dst[lists.dst.length - 1] = changed(entry);
      if (kind !== 3 || entry.etag === "") changes++;
    }
    for (const [name, entries] of Object.entries(lists))
      await writeList(join(place, name), entries);
    local.all = await byMerge(lists, true);
    local.new = await byMerge(lists, false);
  });
  after(() => rm(place, { recursive: true }));

  test("has as many rows as there are changes", () => {
    assert.equal(local.all.length, changes);
    assert.ok(changes > count / 2);
    assert.ok(local.new.length < local.all.length);
  });

  test("is the same by Hive, marked and with what only the target has", async () => {
    assert.deepEqual(await byHive("hive-all", ["-d", "ALL=true"]), local.all);
  });

  test("is the same by Hive, as the original's query has it", async () => {
    assert.deepEqual(await byHive("hive-new", []), local.new);
  });

  test("is the same by the shuffle, marked and with what only the target has", async () => {
    assert.deepEqual(await byShuffle("shuffle-all"), local.all);
  });

  test("is the same by the shuffle, as the original's query has it", async () => {
    assert.deepEqual(await byShuffle("shuffle-new", "--to-copy"), local.new);
  });

  async function byHive(name: string, more: readonly string[]): Promise<string[]> {
    const path = (of: string): string => `file://${join(place, of)}`;
    const lists = ["-d", `SRC=${path("src")}`, "-d", `DST=${path("dst")}`];
    const args = [...lists, "-d", `DIFF=${path(name)}`, ...more, "-f", inCheckout("hive/diff.q")];
    const { status, stderr } = await runHadoop("hive", args);
    assert.equal(status, 0, stderr);
    return await linesOf(join(place, name));
  }

  async function byShuffle(name: string, ...options: readonly string[]): Promise<string[]> {
    const program = `${process.execPath} ${inCheckout("bin/campanile.ts")}`;
    const args = [
      ["streaming", "-D", "mapreduce.job.reduces=3"],
      ["-mapper", `${program} diffmap --source ${join(place, "src")}`],
      ["-reducer", [program, "diffreduce", ...options].join(" ")],
      ["-input", join(place, "src"), "-input", join(place, "dst")],
      ["-output", join(place, name)],
    ];
    const { status, stderr } = await runHadoop("mapred", args.flat(), { cwd: place });
    assert.equal(status, 0, stderr);
    return await linesOf(join(place, name));
  }

  async function byMerge(lists: Record<"src" | "dst", Entry[]>, all: boolean): Promise<string[]> {
    const [source, target] = [lists.src, lists.dst].map((entries) =>
      pagesOf(
        entries.toSorted((a, b) => compareKeys(a.key, b.key)),
        100,
      ),
    );
    const signal = new AbortController().signal;
    const context = { counters: new Counters(), concurrency: 1, signal, all };
    const found = await collect(diff.run(merge(source!, target!), context));
    return found.map((entry) => entryCodec.encode(entry)).sort();
  }

  function randomEntry(key: string): Entry {
    const digest = Math.floor(random() * 2 ** 40).toString(16);
    const etag = random() < 0.9 ? digest : random() < 0.5 ? `${digest}-3` : "";
    const attributes = random() < 0.2 ? { class: "GLACIER", restore: "ongoing" } : undefined;
    const size = Math.floor(10 ** (random() * 13));
    return { key, etag, size, mtime: "2026-11-24 17:00:00", attributes };
  }

  function changed(entry: Entry): Entry {
    return random() < 0.5 ? { ...entry, etag: "other" } : { ...entry, size: entry.size + 1 };
  }

  /** Writes a list as mappers do: in some files, in no order among them. One is packed. */
  async function writeList(directory: string, entries: readonly Entry[]): Promise<void> {
    await mkdir(directory);
    for (let file = 0; file < 3; file++) {
      const lines = entries
        .filter((_, i) => i % 3 === file)
        .sort((a, b) => compareKeys(a.key, b.key))
        .map((entry) => `${entryCodec.encode(entry)}\n`)
        .join("");
      const name = join(directory, `part-0000${file}`);
      await (file === 2 ? writeFile(`${name}.gz`, gzipSync(lines)) : writeFile(name, lines));
    }
    await writeFile(join(directory, "_SUCCESS"), "");
  }
});

/** The lines of all files of a directory, sorted: neither way gives an order. */
async function linesOf(directory: string): Promise<string[]> {
  const names = (await readdir(directory)).filter((name) => !/^[_.]/.test(name));
  const texts = names.map((name) => readFile(join(directory, name), "utf8"));
  const lines = (await Promise.all(texts)).flatMap((text) => text.split("\n").slice(0, -1));
  return lines.sort();
}
