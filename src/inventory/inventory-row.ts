import { decodeCount } from "../record/codec.ts";
import { type Entry, mtimeOf } from "../record/entry.ts";

/**
 * The columns of a report that are read, by their names in lower case and without underscores: `LastModifiedDate` in CSV is
 * `last_modified_date` in Parquet.
 */
export const inventoryColumns = [
  "key",
  "etag",
  "size",
  "lastmodifieddate",
  "storageclass",
  "islatest",
  "isdeletemarker",
] as const;
export type InventoryColumn = (typeof inventoryColumns)[number];

/** Which of these columns a report calls so. */
export function inventoryColumnOf(name: string): InventoryColumn | undefined {
  const plain = name.toLowerCase().replaceAll("_", "");
  return inventoryColumns.find((column) => column === plain);
}

/** A row's values: texts in CSV; in Parquet also numbers, truth values and times. What a report does not tell is undefined. */
export type InventoryRow = Readonly<Partial<Record<InventoryColumn, unknown>>>;

/** Makes an entry of a row; none of an old version and of what is deleted. Throws a SyntaxError for a value that is none. */
export function entryOfRow(row: InventoryRow): Entry | undefined {
  if (isTrue(row.isdeletemarker) || isFalse(row.islatest)) return undefined;
  const { key, storageclass } = row;
  if (typeof key !== "string" || key === "") throw new SyntaxError("it has no key");
  const entry = {
    key,
    etag: textOf(row.etag),
    size: decodeCount(textOf(row.size ?? 0), "size"),
    mtime: timeOf(row.lastmodifieddate),
  };
  const name = textOf(storageclass);
  return name === "" || name === "STANDARD" ? entry : { ...entry, attributes: { class: name } };
}

function isTrue(value: unknown): boolean {
  return value === true || value === "true";
}

function isFalse(value: unknown): boolean {
  return value === false || value === "false";
}

function textOf(value: unknown): string {
  switch (typeof value) {
    case "string":
      return value;
    case "number":
    case "bigint":
      return String(value);
    default:
      return "";
  }
}

/** Parquet's time may come as what it is stored as, in milliseconds. */
function timeOf(value: unknown): string {
  if (typeof value === "bigint") return mtimeOf(new Date(Number(value)).toISOString());
  if (value instanceof Date) return mtimeOf(value.toISOString());
  return typeof value === "string" && value !== "" ? mtimeOf(value) : "";
}
