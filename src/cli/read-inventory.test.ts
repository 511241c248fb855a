import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { gzipSync } from "node:zlib";

import { openRig, type Rig } from "../../test/support/rig.ts";
import { exitStatus, UserError } from "../errors.ts";
import type { Keyed } from "../inventory/inventory-keys.ts";
import { collect, type Pages } from "../stream/pages.ts";
import { inventoryInS3, inventoryOnDisk } from "./read-inventory.ts";

const columns = "Bucket, Key, VersionId, IsLatest, IsDeleteMarker, Size";
const rows = [
  '"photos","b%2Bc/a+b.jpg","v1","true","false","1"',
  '"photos","old","v1","false","false","1"',
  '"photos","gone","v2","true","true",""',
  '"photos","%F0%9F%98%80%0A%22%2C","v1","true","false","1"',
];
const keys = ["b+c/a b.jpg", '😀\n",', "plain"];
const base = "reports/photos/daily";
const manifestKey = `${base}/2026-11-24T01-00Z/manifest.json`;

/** A report of two files as S3 writes it: what lies where. */
function report(damage: Readonly<Record<string, unknown>> = {}): Map<string, Buffer> {
  const files = [rows.join("\n"), '"photos","plain","v1","true","false","1"\n'].map((text, i) => {
    const bytes = gzipSync(text);
    return { key: `${base}/data/${i}.csv.gz`, bytes, md5: md5Of(bytes) };
  });
  const manifest = {
    sourceBucket: "photos",
    fileFormat: "CSV",
    fileSchema: columns,
    files: files.map(({ key, bytes, md5 }) => ({ key, size: bytes.length, MD5checksum: md5 })),
    ...damage,
  };
  return new Map([
    ...files.map(({ key, bytes }) => [key, bytes] as const),
    [manifestKey, Buffer.from(JSON.stringify(manifest))],
  ]);
}

function md5Of(bytes: Buffer): string {
  return createHash("md5").update(bytes).digest("hex");
}

async function keysOf(pages: Pages<Keyed>): Promise<string[]> {
  return (await collect(pages)).map(({ key }) => key);
}

describe("an inventory report", () => {
  let directory: string;
  let rig: Rig;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "campanile-inventory-"));
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

  test("is read from S3: the keys of objects, decoded, without old versions and what is deleted", async () => {
    for (const [key, bytes] of report()) rig.server.putObject(rig.source.name, key, bytes);
    const { signal } = new AbortController();
    const pages = inventoryInS3(rig.source, manifestKey, "photos", signal);
    assert.deepEqual(await keysOf(pages), keys);
  });

  const places: readonly { readonly name: string; readonly place: (key: string) => string }[] = [
    { name: "laid out as in S3", place: (key) => key },
    { name: "as one directory of a report", place: (key) => key.slice(base.length + 1) },
    { name: "in one directory", place: (key) => key.slice(key.lastIndexOf("/") + 1) },
  ];
  for (const { name, place } of places) {
    test(`is read from disk, ${name}`, async () => {
      const manifest = await write(report(), place);
      assert.deepEqual(await keysOf(inventoryOnDisk(manifest, "photos")), keys);
    });
  }

  const faults: readonly {
    readonly name: string;
    readonly damage?: Readonly<Record<string, unknown>>;
    readonly bucket?: string;
    readonly file?: Buffer | "missing";
    readonly message: RegExp;
    readonly status: number;
  }[] = [
    { name: "of another bucket", bucket: "others", message: /it is of "s3:\/\/photos"/, status: 2 },
    { name: "in Parquet", damage: { fileFormat: "Parquet" }, message: /is Parquet/, status: 2 },
    { name: "without keys", damage: { fileSchema: "Bucket" }, message: /no column Key/, status: 2 },
    {
      name: "with other columns",
      damage: { fileSchema: "Bucket, Key" },
      message: /cannot read line 1 of .*: it has 6 columns, not 2/,
      status: 2,
    },
    { name: "that is none", damage: { files: 1 }, message: /is no manifest/, status: 2 },
    { name: "of files without names", damage: { files: [1] }, message: /has no key/, status: 2 },
    { name: "with a file missing", file: "missing", message: /it is not there/, status: 5 },
    {
      name: "with a file that was changed",
      file: gzipSync('"photos","other","v1","true","false","1"'),
      message: /its MD5 is [\da-f]{32}, and the manifest says/,
      status: 1,
    },
    {
      name: "with a file that is cut short",
      file: gzipSync(rows.join("\n")).subarray(0, 60),
      message: /not in gzip's format, or damaged/,
      status: 1,
    },
    {
      name: "with a file that is not packed",
      file: Buffer.from(rows.join("\n")),
      message: /not in gzip's format, or damaged/,
      status: 1,
    },
  ];
  for (const { name, damage, bucket = "photos", file, message, status } of faults) {
    test(`is refused ${name}`, async () => {
      const files = report(damage);
      const damaged = `${base}/data/0.csv.gz`;
      if (file === "missing") files.delete(damaged);
      else if (file !== undefined) files.set(damaged, file);
      const manifest = await write(files);
      await assert.rejects(keysOf(inventoryOnDisk(manifest, bucket)), (error) => {
        assert.ok(error instanceof UserError, String(error));
        assert.match(error.message, message);
        assert.equal(exitStatus[error.reason], status);
        return true;
      });
    });
  }
});
