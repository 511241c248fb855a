import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import { crc32c, crc64nvme } from "../crc.ts";
import type { BodyChecksum, ChecksumAlgorithm } from "../s3/checksum.ts";

/** Takes a checksum of bytes as they come. */
export interface RunningChecksum {
  update(bytes: Uint8Array): void;
  end(): BodyChecksum;
}

/** Begins a checksum, for an object that is to have another one than its source. */
export function beginChecksum(algorithm: ChecksumAlgorithm): RunningChecksum {
  if (algorithm === "SHA1" || algorithm === "SHA256") {
    const hash = createHash(algorithm);
    return {
      update: (bytes) => hash.update(bytes),
      end: () => ({ algorithm, value: hash.digest("base64") }),
    };
  }
  if (algorithm === "CRC64NVME") {
    let sum = { high: 0, low: 0 };
    return {
      update: (bytes) => (sum = crc64nvme(bytes, sum)),
      end: () => ({ algorithm, value: base64Of(sum.high, sum.low) }),
    };
  }
  const update = algorithm === "CRC32" ? crc32 : crc32c;
  let sum = 0;
  return {
    update: (bytes) => (sum = update(bytes, sum)),
    end: () => ({ algorithm, value: base64Of(sum) }),
  };
}

function base64Of(...words: readonly number[]): string {
  const bytes = Buffer.alloc(4 * words.length);
  words.forEach((word, i) => bytes.writeUInt32BE(word, 4 * i));
  return bytes.toString("base64");
}
