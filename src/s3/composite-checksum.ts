import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import type { BodyChecksum } from "./checksum.ts";

/**
 * The checksum S3 gives an object made of parts whose checksums these are, in order: that of their
 * bytes one after another, and `-N` (AWS: "Checking object integrity", composite checksums).
 * Undefined for algorithms that Node has not.
 */
export function compositeChecksum(parts: readonly BodyChecksum[]): string | undefined {
  const algorithm = parts[0]?.algorithm;
  if (parts.some((part) => part.algorithm !== algorithm)) return undefined;
  const bytes = Buffer.concat(parts.map(({ value }) => Buffer.from(value, "base64")));
  const digest = digestOf(algorithm, bytes);
  return digest && `${digest.toString("base64")}-${parts.length}`;
}

function digestOf(algorithm: string | undefined, bytes: Buffer): Buffer | undefined {
  if (algorithm === "SHA1" || algorithm === "SHA256") {
    return createHash(algorithm).update(bytes).digest();
  }
  if (algorithm !== "CRC32") return undefined;
  const digest = Buffer.alloc(4);
  digest.writeUInt32BE(crc32(bytes));
  return digest;
}
