import type { BodyChecksum, ChecksumAlgorithm } from "../s3/checksum.ts";

/** Writes a checksum as records have it, `ALGORITHM:BASE64`. */
export function checksumText({ algorithm, value }: BodyChecksum): string {
  return `${algorithm}:${value}`;
}

/** Reads one; undefined for none, and for what is not of that form. */
export function checksumOfText(text: string | undefined): BodyChecksum | undefined {
  const [algorithm, value] = text?.split(":") ?? [];
  return value === undefined ? undefined : { algorithm: algorithm as ChecksumAlgorithm, value };
}
