import type { FileHandle } from "node:fs/promises";
import type { Entry } from "../record/entry.ts";
import type { Pages } from "../stream/pages.ts";
import { damaged } from "./file-bytes.ts";
import { entryOfRow, type InventoryColumn, inventoryColumnOf } from "./inventory-row.ts";

const pageSize = 1000;

/** Reads entries of a file of Parquet, whose keys stand as they are; one row group at a time is in memory, of the columns that are read. */
export async function* parquetEntries(
  name: string,
  file: FileHandle,
  check: (columns: readonly (InventoryColumn | undefined)[]) => void,
): Pages<Entry> {
  const [{ parquetMetadataAsync, parquetScan, parquetSchema }, { compressors }] = await Promise.all(
    [import("hyparquet"), import("hyparquet-compressors")],
  );
  const buffer = await randomAccess(file);
  const metadata = await orDamaged(name, parquetMetadataAsync(buffer));
  const names = parquetSchema(metadata).children.map(({ element }) => element.name);
  check(names.map(inventoryColumnOf));
  const read = names.filter((column) => inventoryColumnOf(column) !== undefined);
  const scan = await orDamaged(
    name,
    parquetScan({ file: buffer, metadata, columns: read, compressors }),
  );
  for (const { rowStart, rowEnd } of scan.ranges) {
    const group = read.map(async (column) => {
      const values = await scan.readColumn({ column, rowStart, rowEnd });
      return [inventoryColumnOf(column)!, values] as const;
    });
    yield* pagesOfGroup(name, await orDamaged(name, Promise.all(group)), rowEnd - rowStart);
  }
}

function* pagesOfGroup(
  name: string,
  columns: readonly (readonly [InventoryColumn, ArrayLike<unknown>])[],
  rows: number,
): Generator<readonly Entry[]> {
  for (let from = 0; from < rows; from += pageSize) {
    const entries: Entry[] = [];
    for (let i = from; i < Math.min(rows, from + pageSize); i++) {
      const row: Partial<Record<InventoryColumn, unknown>> = {};
      for (const [column, values] of columns) row[column] = values[i];
      try {
        const entry = entryOfRow(row);
        if (entry !== undefined) entries.push(entry);
      } catch (error) {
        if (!(error instanceof SyntaxError)) throw error;
        throw damaged(name, `one of its rows: ${error.message}`);
      }
    }
    if (entries.length > 0) yield entries;
  }
}

interface RandomAccess {
  readonly byteLength: number;
  slice(start: number, end?: number): Promise<ArrayBuffer>;
}

async function randomAccess(file: FileHandle): Promise<RandomAccess> {
  const { size } = await file.stat();
  return {
    byteLength: size,
    async slice(start, end = size) {
      const bytes = new Uint8Array(end - start);
      for (let at = 0; at < bytes.length;) {
        const { bytesRead } = await file.read(bytes, at, bytes.length - at, start + at);
        if (bytesRead === 0) throw new RangeError("it is cut short");
        at += bytesRead;
      }
      return bytes.buffer;
    },
  };
}

/** What the reader of Parquet throws has no type of its own. */
async function orDamaged<T>(name: string, read: Promise<T>): Promise<T> {
  try {
    return await read;
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    throw damaged(name, `it is not in Parquet's format, or damaged: ${said}`);
  }
}
