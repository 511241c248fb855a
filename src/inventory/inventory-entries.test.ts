import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { gzipSync } from "node:zlib";

import { openRig, type Rig } from "../../test/support/rig.ts";
import { exitStatus, UserError } from "../errors.ts";
import { entryCodec } from "../record/entry.ts";
import { collect } from "../stream/pages.ts";
import { inventoryEntries, type InventoryOptions } from "./inventory-entries.ts";
import { type InventoryReport, reportInS3, reportOnDisk } from "./report.ts";

const columns =
  "Bucket, Key, VersionId, IsLatest, IsDeleteMarker, Size, LastModifiedDate, ETag, StorageClass";
const [a, multipart] = ["0cc175b9c0f1b6a831c399e269772661", "e5f8e641007332dda1c6cae118f7749c-3"];
const rows = [
  `"photos","b%2Bc/a+b.jpg","v1","true","false","1","2026-11-24T01:02:03.456Z","${a}","STANDARD"`,
  `"photos","old","v1","false","false","1","2026-11-24T01:02:03.000Z","${a}","STANDARD"`,
  '"photos","gone","v2","true","true","","2026-11-24T01:02:03.000Z","",""',
  `"photos","%F0%9F%98%80%0A%22%2C%252F","v1","true","false","5368709120","2026-11-24T01:02:04.000Z","${multipart}","GLACIER"`,
];
const last =
  '"photos","plain","","true","false","0","2026-11-24T01:02:05.000Z","d41d8cd98f00b204e9800998ecf8427e","STANDARD"\n';
const lines = [
  `b+c/a b.jpg\t${a}\t1\t2026-11-24 01:02:03`,
  `😀\\n",%2F\t${multipart}\t5368709120\t2026-11-24 01:02:04\tclass=GLACIER`,
  "plain\td41d8cd98f00b204e9800998ecf8427e\t0\t2026-11-24 01:02:05",
];
const base = "reports/photos/daily";
const manifestKey = `${base}/2026-11-24T01-00Z/manifest.json`;
const checksumKey = `${base}/2026-11-24T01-00Z/manifest.checksum`;

/** What lies where of a report as S3 writes it: of these files, or of two of CSV. */
function report(
  damage: Readonly<Record<string, unknown>> = {},
  contents: readonly Buffer[] = [gzipSync(rows.join("\n")), gzipSync(last)],
): Map<string, Buffer> {
  const files = contents.map((bytes, i) => ({
    key: `${base}/data/${i}.file`,
    bytes,
    md5: md5Of(bytes),
  }));
  const manifest = {
    sourceBucket: "photos",
    fileFormat: "CSV",
    fileSchema: columns,
    files: files.map(({ key, bytes, md5 }) => ({ key, size: bytes.length, MD5checksum: md5 })),
    ...damage,
  };
  const text = Buffer.from(JSON.stringify(manifest));
  return new Map([
    ...files.map(({ key, bytes }) => [key, bytes] as const),
    [manifestKey, text],
    [checksumKey, Buffer.from(`${md5Of(text)}\n`)],
  ]);
}

function md5Of(bytes: Buffer): string {
  return createHash("md5").update(bytes).digest("hex");
}

function fixture(name: string): Promise<Buffer> {
  return readFile(join(import.meta.dirname, "fixtures", name));
}

const parquet = { fileFormat: "Parquet", fileSchema: "message s3.inventory { }" };

describe("an inventory report", () => {
  let directory: string;
  let spool: string;
  let rig: Rig;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "campanile-inventory-"));
    spool = join(directory, "spool");
    await mkdir(spool);
    rig = await openRig();
  });
  after(async () => {
    await rm(directory, { recursive: true });
    await rig.close();
  });

  /** Writes files below the directory, and gives where the manifest is. */
  async function write(
    files: ReadonlyMap<string, Buffer>,
    place: (key: string) => string = (key) => key,
  ): Promise<string> {
    const below = await mkdtemp(join(directory, "report-"));
    for (const [key, bytes] of files) {
      const path = join(below, place(key));
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, bytes);
    }
    return join(below, place(manifestKey));
  }

  async function linesOf(
    opened: Promise<InventoryReport>,
    options: Partial<InventoryOptions> = {},
  ): Promise<string[]> {
    const entries = inventoryEntries(await opened, { directory: spool, ...options });
    return (await collect(entries)).map((entry) => entryCodec.encode(entry));
  }

  const formats = [
    { format: "CSV", make: async () => report() },
    {
      format: "Parquet",
      make: async () => report(parquet, [await fixture("report.parquet")]),
    },
  ];
  for (const { format, make } of formats) {
    test(`in ${format} is read from S3: what is there of objects, without old versions and what is deleted`, async () => {
      for (const [key, bytes] of await make()) rig.server.putObject(rig.source.name, key, bytes);
      const { signal } = new AbortController();
      assert.deepEqual(await linesOf(reportInS3(rig.source, manifestKey, signal)), lines);
      assert.deepEqual(await readdir(spool), []);
    });

    const places: readonly { readonly name: string; readonly place: (key: string) => string }[] = [
      { name: "laid out as in S3", place: (key) => key },
      { name: "as one directory of a report", place: (key) => key.slice(base.length + 1) },
      { name: "in one directory", place: (key) => key.slice(key.lastIndexOf("/") + 1) },
    ];
    for (const { name, place } of places) {
      test(`in ${format} is read from disk, ${name}, by its manifest or its directory`, async () => {
        const manifest = await write(await make(), place);
        assert.deepEqual(await linesOf(reportOnDisk(manifest)), lines);
        assert.deepEqual(await linesOf(reportOnDisk(dirname(manifest))), lines);
        assert.deepEqual(await readdir(spool), []);
      });
    }
  }

  test("without a checksum of its manifest, or of keys alone, is read too", async () => {
    const files = report({ fileSchema: "Bucket, Key" }, [gzipSync('"photos","a%2Bb"\n')]);
    files.delete(checksumKey);
    const manifest = await write(files);
    assert.deepEqual(await linesOf(reportOnDisk(manifest), { keysOnly: true }), ["a+b\t\t0\t"]);
  });

  const faults: readonly {
    readonly name: string;
    readonly damage?: Readonly<Record<string, unknown>>;
    readonly file?: Buffer | "missing";
    readonly contents?: () => Promise<readonly Buffer[]>;
    readonly checksum?: string;
    readonly message: RegExp;
    readonly status: number;
  }[] = [
    {
      name: "in ORC",
      damage: { fileFormat: "ORC" },
      message: /manifest.json": the format of its files is ORC$/,
      status: 2,
    },
    { name: "without keys", damage: { fileSchema: "Bucket" }, message: /no column Key/, status: 2 },
    {
      name: "without sizes",
      damage: { fileSchema: "Bucket, Key" },
      message: /manifest.json": its files have no column Size$/,
      status: 2,
    },
    {
      name: "in Parquet without sizes",
      damage: parquet,
      contents: async () => [await fixture("keys-only.parquet")],
      message: /manifest.json": its files have no column Size$/,
      status: 2,
    },
    {
      name: "with other columns",
      damage: { fileSchema: "Bucket, Key, Size" },
      message: /cannot read line 1 of .*: it has 9 columns, not 3/,
      status: 2,
    },
    { name: "that is none", damage: { files: 1 }, message: /is no manifest/, status: 2 },
    { name: "of files without names", damage: { files: [1] }, message: /has no key/, status: 2 },
    {
      name: "with a manifest of another checksum",
      checksum: md5Of(Buffer.from("another")),
      message: /manifest.json": its MD5 is [\da-f]{32}, and "manifest.checksum" says another/,
      status: 1,
    },
    { name: "with a file missing", file: "missing", message: /it is not there/, status: 5 },
    {
      name: "with a file that was changed",
      file: gzipSync(last),
      message: /its MD5 is [\da-f]{32}, and the manifest says/,
      status: 1,
    },
    {
      name: "with a file that is cut short",
      file: gzipSync(rows.join("\n")).subarray(0, 60),
      message: /its MD5 is [\da-f]{32}, and the manifest says/,
      status: 1,
    },
    {
      name: "with a file that is not packed",
      file: Buffer.from(rows.join("\n")),
      message: /not in gzip's format, or damaged/,
      status: 1,
    },
    {
      name: "in Parquet with a file that was changed",
      damage: parquet,
      contents: async () => [await fixture("report.parquet")],
      file: Buffer.from("PAR1PAR1"),
      message: /its MD5 is [\da-f]{32}, and the manifest says/,
      status: 1,
    },
    {
      name: "in Parquet with a file that is none",
      damage: parquet,
      contents: () => Promise.resolve([gzipSync(last)]),
      message: /not in Parquet's format, or damaged/,
      status: 1,
    },
  ];
  for (const { name, damage, file, contents, checksum, message, status } of faults) {
    test(`is refused ${name}`, async () => {
      const files = report(damage, await contents?.());
      const damaged = `${base}/data/0.file`;
      if (file === "missing") files.delete(damaged);
      else if (file !== undefined) files.set(damaged, file);
      if (checksum !== undefined) files.set(checksumKey, Buffer.from(checksum));
      const manifest = await write(files);
      const read = linesOf(reportOnDisk(manifest));
      await assert.rejects(read, (error) => {
        assert.ok(error instanceof UserError, String(error));
        assert.match(error.message, message);
        assert.equal(exitStatus[error.reason], status);
        return true;
      });
      assert.deepEqual(await readdir(spool), []);
    });
  }
});
