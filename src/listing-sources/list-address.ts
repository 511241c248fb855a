/** Where a listing comes from. */
export type ListAddress =
  /** Listed now: all keys that begin with the prefix. */
  | { readonly kind: "bucket"; readonly bucket: string; readonly prefix: string }
  /** A report of S3 Inventory: the key of its manifest in a bucket, or without a bucket its path on this machine. */
  | { readonly kind: "inventory"; readonly bucket: string | undefined; readonly path: string }
  /** Lists of lines, as `ls` writes them: a file, a directory of files, or `-` for standard input. */
  | { readonly kind: "lists"; readonly path: string };
