import { createHash } from "node:crypto";

/**
 * The ETag S3 gives an object made of parts whose MD5s these are, in order: `md5(md5 md5 …)-N`,
 * over the digests' bytes (AWS: "Checking object integrity"). Undefined when one is not the hex of
 * an MD5.
 */
export function multipartEtag(partMd5s: readonly string[]): string | undefined {
  const hash = createHash("md5");
  for (const md5 of partMd5s) {
    if (!isMd5(md5)) return undefined;
    hash.update(md5, "hex");
  }
  return `${hash.digest("hex")}-${partMd5s.length}`;
}

/**
 * True for what could be the MD5 of an object's bytes; an object under KMS has an ETag of this form
 * that is none.
 */
export function isMd5(etag: string): boolean {
  return /^[0-9a-f]{32}$/.test(etag);
}

/**
 * How many parts the object of this ETag was made of; undefined for one that was written in one
 * piece.
 */
export function partCount(etag: string): number | undefined {
  const count = /-(\d{1,5})$/.exec(etag)?.[1];
  return count === undefined ? undefined : Number(count);
}
