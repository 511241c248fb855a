import type { Headers } from "./bucket-request.ts";

/**
 * How an object is encrypted at rest. The ETag of what was written with `none` or `AES256` is made
 * of MD5s, any other's is not. `none` is also what servers say that encrypt nothing or do not tell.
 */
export type Encryption = "none" | "AES256" | "aws:kms" | "aws:kms:dsse" | "customer" | "other";

/**
 * Reads the encryption from a reply's headers; a word that is not known is `other`, never `none`.
 */
export function encryptionOf(headers: Headers): Encryption {
  if (headers["x-amz-server-side-encryption-customer-algorithm"] !== undefined) return "customer";
  const word = headers["x-amz-server-side-encryption"];
  switch (word) {
    case undefined:
      return "none";
    case "AES256":
    case "aws:kms":
    case "aws:kms:dsse":
      return word;
    default:
      return "other";
  }
}

/** True where an ETag is made of MD5s: of an object, a part, or an upload's parts to be. */
export function hasMd5Etag({ encryption }: { readonly encryption: Encryption }): boolean {
  return encryption === "none" || encryption === "AES256";
}
