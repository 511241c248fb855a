import { createWriteStream } from "node:fs";
import { type FileHandle, mkdtemp, open, rm } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { UserError } from "../errors.ts";
import type { Entry } from "../record/entry.ts";
import type { Pages } from "../stream/pages.ts";
import { csvEntries } from "./csv-rows.ts";
import { checkedBytes } from "./file-bytes.ts";
import { inventoryColumnOf, type InventoryColumn } from "./inventory-row.ts";
import type { InventoryFile } from "./manifest.ts";
import { parquetEntries } from "./parquet-rows.ts";
import type { InventoryReport } from "./report.ts";

/** What is wanted of a report. */
export interface InventoryOptions {
  /** Only keys: reports that tell no sizes can be read too. */
  readonly keysOnly?: boolean | undefined;
  /** Where files of Parquet are put while they are read, for they are not read from one end to the other. */
  readonly directory: string;
}

/**
 * Reads the entries of an inventory report, in no order: those of objects, without old versions and
 * what is deleted. Throws a UserError when a file's bytes are not those that the manifest tells by
 * their MD5, of a CSV file at its end: nothing may rest on the entries before all have come.
 */
export async function* inventoryEntries(
  report: InventoryReport,
  { keysOnly = false, directory }: InventoryOptions,
): Pages<Entry> {
  const { files, format, columns } = report.manifest;
  const check = (found: readonly (InventoryColumn | undefined)[]): void => {
    if (!found.includes("key")) throw lacks(report.name, "Key");
    if (!keysOnly && !found.includes("size")) throw lacks(report.name, "Size");
  };
  if (format === "CSV") check(columns.map(inventoryColumnOf));
  for (const file of files) {
    const bytes = checkedBytes(file, report.bytesOf(file));
    if (format === "CSV") yield* csvEntries(file.key, bytes, columns);
    else yield* onDisk(directory, file, bytes, (handle) => parquetEntries(file.key, handle, check));
  }
}

function lacks(name: string, column: string): UserError {
  return new UserError(
    "usage",
    `cannot read ${JSON.stringify(name)}: its files have no column ${column}`,
    {
      hint: "the inventory's optional fields Size, Last modified, ETag and Storage class are wanted",
    },
  );
}

/** Puts bytes into a file that only this process can read, and that is gone with it. */
async function* onDisk<T>(
  parent: string,
  { key }: InventoryFile,
  bytes: AsyncIterable<Uint8Array>,
  read: (file: FileHandle) => Pages<T>,
): Pages<T> {
  let file: FileHandle | undefined;
  try {
    const directory = await mkdtemp(join(parent, "campanile-inventory-"));
    try {
      const path = join(directory, "file");
      await pipeline(bytes, createWriteStream(path, { mode: 0o600 }));
      file = await open(path);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  } catch (error) {
    if (!(error instanceof Error && "syscall" in error)) throw error;
    throw new UserError(
      "failed",
      `cannot keep ${JSON.stringify(key)} in ${JSON.stringify(parent)}: ${error.message}`,
      {
        hint: "to keep it in another directory, one with room for it: TMPDIR=/path/to/it",
        cause: error,
      },
    );
  }
  try {
    yield* read(file);
  } finally {
    await file.close();
  }
}
