import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import { FakeClient } from "../../test/support/fake-client.ts";
import { list } from "../../test/support/random-list.ts";
import { randomKey, seededRandom } from "../../test/support/random.ts";
import { openRig, type Rig } from "../../test/support/rig.ts";
import { accounts } from "../../test/support/servers/running.ts";
import { Counters } from "../counters.ts";
import { compareKeys } from "../key.ts";
import { type Entry, entryCodec } from "../record/entry.ts";
import type { S3Bucket } from "../s3/client.ts";
import { percentEncode } from "../s3/percent-encode.ts";
import { diff } from "../stages/diff.ts";
import { merge } from "../stream/merge.ts";
import { collect, type Pages } from "../stream/pages.ts";
import type { ListAddress } from "./list-address.ts";
import { openListing } from "./open-listing.ts";
import { onlyBelow, relativeKeys } from "./relative-keys.ts";

const prefix = "é/x";

describe("a listing", () => {
  let directory: string;
  let spool: string;
  let rig: Rig;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "campanile-listings-"));
    spool = join(directory, "spool");
    await mkdir(spool);
    rig = await openRig({ pageSize: 7 });
  });
  after(async () => {
    await rm(directory, { recursive: true });
    await rig.close();
  });

  async function open(
    address: ListAddress,
    { sort, bucket }: { readonly sort?: boolean; readonly bucket?: S3Bucket } = {},
  ): Promise<Pages<Entry>> {
    const { entries } = await openListing(address, {
      openBucket: (name) => Promise.resolve(bucket ?? { ...rig.source, name }),
      stdin: (async function* () {})(),
      directory: spool,
      signal: new AbortController().signal,
      ordered: true,
      sort,
    });
    return entries;
  }

  /** Each writes entries in one way, and opens them. */
  const forms: Readonly<Record<string, (entries: readonly Entry[]) => Promise<Pages<Entry>>>> = {
    "a list": async (entries) => open(await writeList("list.tsv", linesOf(entries))),
    "a packed list": async (entries) =>
      open(await writeList("list.gz", gzipSync(linesOf(entries)))),
    "a directory of packed lists": async (entries) => {
      const path = await mkdtemp(join(directory, "parts-"));
      const middle = entries.length >> 1;
      const parts = [entries.slice(0, middle), [], entries.slice(middle)];
      for (const [i, part] of parts.entries()) {
        await writeFile(join(path, `part-0000${i}.gz`), gzipSync(linesOf(part)));
      }
      await writeFile(join(path, "_SUCCESS"), "");
      return open({ kind: "lists", path });
    },
    "a list in no order": async (entries) =>
      open(await writeList("list.tsv", linesOf(entries.toReversed())), { sort: true }),
    "a report": async (entries) => open(await writeReport(entries.toReversed())),
    "a bucket": (entries) => live(entries, ""),
    "a part of a bucket": async (entries) => relativeKeys(await live(entries, prefix), prefix),
    "what of a list has a prefix": async (entries) => {
      const below = entries.map((entry) => ({ ...entry, key: prefix + entry.key }));
      const all = [{ ...below[0]!, key: "a" }, ...below, { ...below[0]!, key: "😀" }];
      const path = await writeList("list.tsv", linesOf(all));
      return relativeKeys(onlyBelow(await open(path), prefix), prefix);
    },
  };
  for (const [name, write] of Object.entries(forms)) {
    test(`of ${name}, changed by its difference to another, is the other`, async () => {
      for (let seed = 1; seed <= 12; seed++) {
        const [source, target] = randomSides(seededRandom(seed));
        const changes = diff.run(
          merge(await write(source), await write(target), { onSame: () => {} }),
          {
            counters: new Counters(),
            concurrency: 1,
            signal: new AbortController().signal,
            all: true,
          },
        );
        const result = new Map(target.map((entry) => [entry.key, entry.etag]));
        const found = (await collect(changes)).map(({ key, etag, attributes: { change } = {} }) => {
          assert.equal(change === "added", !result.has(key), `seed ${seed}: ${key}`);
          if (change === "removed") result.delete(key);
          else result.set(key, etag);
          return key;
        });
        assert.deepEqual(found, found.toSorted(compareKeys));
        assert.deepEqual(result, new Map(source.map((entry) => [entry.key, entry.etag])));
      }
      assert.deepEqual(await readdir(spool), []);
    });
  }

  test("of a directory bucket, which S3 lists in no order, is sorted", async () => {
    const page = (keys: string, token: string): string =>
      list(...keys.split(" ").map(contents), `<IsTruncated>true</IsTruncated>${token}`);
    const client = new FakeClient([
      { body: page("d b", "<NextContinuationToken>next</NextContinuationToken>") },
      { body: list(...["c", "a"].map(contents), "<IsTruncated>false</IsTruncated>") },
    ]);
    const bucket = client.bucket();
    const address = { kind: "bucket", bucket: "photos--use1-az4--x-s3", prefix: "" } as const;
    const entries = await open(address, { bucket: { ...bucket, name: address.bucket } });
    assert.deepEqual(
      (await collect(entries)).map(({ key }) => key),
      ["a", "b", "c", "d"],
    );
  });

  async function writeList(name: string, bytes: string | Uint8Array): Promise<ListAddress> {
    const path = join(await mkdtemp(join(directory, "list-")), name);
    await writeFile(path, bytes);
    return { kind: "lists", path };
  }

  async function writeReport(entries: readonly Entry[]): Promise<ListAddress> {
    const path = await mkdtemp(join(directory, "report-"));
    const rows = entries.map(
      ({ key, etag, size, mtime }) =>
        `"photos","${percentEncode(key)}","${size}","${mtime.replace(" ", "T")}.000Z","${etag}"\n`,
    );
    const file = gzipSync(rows.join(""));
    await writeFile(join(path, "1.csv.gz"), file);
    const manifest = {
      sourceBucket: "photos",
      fileFormat: "CSV",
      fileSchema: "Bucket, Key, Size, LastModifiedDate, ETag",
      files: [{ key: "1.csv.gz", MD5checksum: createHash("md5").update(file).digest("hex") }],
    };
    await writeFile(join(path, "manifest.json"), JSON.stringify(manifest));
    return { kind: "inventory", bucket: undefined, path };
  }

  let buckets = 0;

  /** Puts objects of these entries into a bucket of their own. */
  async function live(entries: readonly Entry[], below: string): Promise<Pages<Entry>> {
    const bucket = `live-${buckets++}`;
    rig.server.createBucket(bucket, accounts.source.accessKeyId);
    for (const { key, etag } of entries) {
      rig.server.putObject(bucket, below + key, Buffer.from(bodies.get(etag)!));
    }
    return open({ kind: "bucket", bucket, prefix: below });
  }
});

/** By their MD5s. */
const bodies = new Map<string, string>();

function contents(key: string): string {
  return `<Contents><Key>${key}</Key><LastModified>2026-11-24T17:00:00.000Z</LastModified><ETag>&quot;e&quot;</ETag><Size>1</Size></Contents>`;
}

function linesOf(entries: readonly Entry[]): string {
  return entries.map((entry) => `${entryCodec.encode(entry)}\n`).join("");
}

/** Two listings that are mostly alike. */
function randomSides(random: () => number): readonly [Entry[], Entry[]] {
  const keys = new Set(Array.from({ length: 60 }, () => randomKey(random)));
  const sides: [Entry[], Entry[]] = [[], []];
  for (const key of [...keys].sort(compareKeys)) {
    for (const side of sides) {
      if (random() < 0.2) continue;
      const body = random() < 0.8 ? "same" : String(random());
      const etag = createHash("md5").update(body).digest("hex");
      bodies.set(etag, body);
      side.push({ key, etag, size: body.length, mtime: "2026-11-24 17:00:00" });
    }
  }
  return sides;
}
