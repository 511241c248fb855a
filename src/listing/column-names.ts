/** The columns that can be chosen: those of an entry, and its attributes. */
export const columnNames = [
  "key",
  "etag",
  "size",
  "mtime",
  "class",
  "restore",
  "checksum",
  "version",
  "latest",
  "marker",
] as const;
export type ColumnName = (typeof columnNames)[number];
