import { createHash } from "node:crypto";
import type { Headers } from "./bucket-request.ts";

/** A customer's key (SSE-C), by which S3 encrypts and decrypts and which it does not keep. */
export interface CustomerKey {
  /** The 32 bytes in Base64. */
  readonly key: string;
  /** Their MD5 in Base64. */
  readonly md5: string;
}

/** Makes a key of its 32 bytes. Throws a RangeError for another number of them. */
export function customerKeyOf(bytes: Uint8Array): CustomerKey {
  if (bytes.length !== 32) throw new RangeError(`a key has 32 bytes, not ${bytes.length}`);
  return {
    key: Buffer.from(bytes).toString("base64"),
    md5: createHash("md5").update(bytes).digest("base64"),
  };
}

/**
 * The headers that give S3 a key: of the object itself, or of the source of a CopyObject or an
 * UploadPartCopy.
 */
export function customerKeyHeaders(
  customer: CustomerKey | undefined,
  of: "" | "copy-source-" = "",
): Headers {
  if (customer === undefined) return {};
  const name = `x-amz-${of}server-side-encryption-customer`;
  return {
    [`${name}-algorithm`]: "AES256",
    [`${name}-key`]: customer.key,
    [`${name}-key-md5`]: customer.md5,
  };
}
