import { UserError } from "../errors.ts";
import { printable } from "../s3/printable.ts";

/** What the manifest of an S3 Inventory report says of its files. */
export interface InventoryManifest {
  readonly sourceBucket: string;
  /** Packed by gzip where they are CSV. */
  readonly format: "CSV" | "Parquet";
  /** The names of the columns of CSV files, in their order; files of Parquet tell their own. */
  readonly columns: readonly string[];
  readonly files: readonly InventoryFile[];
}

/** A file of a report: rows in no order. */
export interface InventoryFile {
  /** Where it is in the bucket that the report was written to. */
  readonly key: string;
  /** Of its bytes, in hex. */
  readonly md5: string;
}

/**
 * Reads the `manifest.json` of an S3 Inventory report (S3 User Guide, "Locating your inventory
 * list"). Throws a UserError that names it when it is none, or one of files in another format.
 */
export function readManifest(text: string, name: string): InventoryManifest {
  const refuse = (why: string, hint?: string): UserError =>
    new UserError("usage", `cannot read ${JSON.stringify(name)}: ${why}`, { hint });
  let manifest: unknown;
  try {
    manifest = JSON.parse(text);
  } catch (error) {
    throw refuse(`it is no JSON: ${printable(String(error))}`, "it is to be a manifest.json");
  }
  const { sourceBucket, fileFormat: format, fileSchema, files } = fieldsOf(manifest);
  if (typeof sourceBucket !== "string" || !Array.isArray(files)) {
    throw refuse("it is no manifest of an S3 Inventory report");
  }
  if ((format !== "CSV" && format !== "Parquet") || typeof fileSchema !== "string") {
    throw refuse(
      `the format of its files is ${printable(typeof format === "string" ? format : "unknown")}`,
      "reports in CSV and in Parquet can be read: set the inventory's format to one of them",
    );
  }
  return {
    sourceBucket,
    format,
    columns: format === "CSV" ? fileSchema.split(",").map((column) => column.trim()) : [],
    files: files.map((file: unknown) => {
      const { key, MD5checksum: md5 } = fieldsOf(file);
      if (typeof key === "string" && typeof md5 === "string") return { key, md5 };
      throw refuse("one of its files has no key or no MD5checksum");
    }),
  };
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
