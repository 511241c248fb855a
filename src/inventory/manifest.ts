import { UserError } from "../errors.ts";
import { printable } from "../s3/printable.ts";

/** What the manifest of an S3 Inventory report says of its files. */
export interface InventoryManifest {
  readonly sourceBucket: string;
  /** The names of the files' columns, in their order. */
  readonly columns: readonly string[];
  readonly files: readonly InventoryFile[];
}

/** A file of a report: rows of CSV, packed by gzip, in no order. */
export interface InventoryFile {
  /** Where it is in the bucket that the report was written to. */
  readonly key: string;
  /** Of its bytes, in hex. */
  readonly md5: string;
}

/**
 * Reads the `manifest.json` of an S3 Inventory report (S3 User Guide, "Locating your inventory
 * list"). Throws a UserError that names it when it is none, or one of files that are no CSV.
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
  const { sourceBucket, fileFormat, fileSchema, files } = fieldsOf(manifest);
  if (typeof sourceBucket !== "string" || !Array.isArray(files)) {
    throw refuse("it is no manifest of an S3 Inventory report");
  }
  if (fileFormat !== "CSV" || typeof fileSchema !== "string") {
    const format = printable(typeof fileFormat === "string" ? fileFormat : "unknown");
    throw refuse(`the format of its files is ${format}`, "only reports in CSV can be read");
  }
  const columns = fileSchema.split(",").map((column) => column.trim());
  if (!columns.includes("Key")) throw refuse("its files have no column Key");
  return {
    sourceBucket,
    columns,
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
