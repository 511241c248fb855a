import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import type { Codec } from "../record/codec.ts";
import type { Entry } from "../record/entry.ts";
import { decodeUrlEncoding } from "../s3/url-encoding.ts";
import { readRecords } from "../stream/lines.ts";
import type { Pages } from "../stream/pages.ts";
import { csvColumns } from "./csv-row.ts";
import { damaged } from "./file-bytes.ts";
import { entryOfRow, type InventoryColumn, inventoryColumnOf } from "./inventory-row.ts";

/** Reads entries of a file of CSV, packed by gzip; its keys are URL-encoded (S3 User Guide, "Amazon S3 Inventory list"). */
export async function* csvEntries(
  name: string,
  bytes: AsyncIterable<Uint8Array>,
  columns: readonly string[],
): Pages<Entry> {
  for await (const page of readRecords(
    { name, bytes: unpacked(name, bytes) },
    decoderOf(columns),
  )) {
    const entries: Entry[] = [];
    for (const entry of page) if (entry !== undefined) entries.push(entry);
    if (entries.length > 0) yield entries;
  }
}

function decoderOf(names: readonly string[]): Pick<Codec<Entry | undefined>, "decode"> {
  const columns = names.map(inventoryColumnOf);
  return {
    decode(line) {
      const values = csvColumns(line);
      if (values.length !== names.length) {
        throw new SyntaxError(`it has ${values.length} columns, not ${names.length}`);
      }
      const row: Partial<Record<InventoryColumn, unknown>> = {};
      for (const [i, column] of columns.entries())
        if (column !== undefined) row[column] = values[i];
      const { key } = row;
      if (typeof key === "string") row.key = decodeUrlEncoding(key);
      return entryOfRow(row);
    },
  };
}

async function* unpacked(
  name: string,
  bytes: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip();
  let failure: { readonly error: unknown } | undefined;
  const piped = pipeline(bytes, gunzip).catch((error: unknown) => {
    failure ??= { error };
  });
  try {
    yield* gunzip as AsyncIterable<Uint8Array>;
  } catch (error) {
    // The pipeline fails by the same, or by what that comes of, and is to end first.
    failure ??= { error };
  } finally {
    gunzip.destroy();
  }
  await piped;
  if (failure === undefined) return;
  if (!isOfZlib(failure.error)) throw failure.error;
  throw damaged(name, "it is not in gzip's format, or damaged");
}

function isOfZlib(error: unknown): boolean {
  return error instanceof Error && "code" in error && String(error.code).startsWith("Z_");
}
