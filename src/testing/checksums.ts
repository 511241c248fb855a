import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";

import { crc32c, crc64nvme } from "../crc.ts";
import { Refusal } from "./errors.ts";

/**
 * The checksum algorithms this server knows. S3 has had more since 2026; asking for one of those is
 * answered 501.
 */
export const checksumAlgorithms = ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"] as const;
export type ChecksumAlgorithm = (typeof checksumAlgorithms)[number];

/** Over all bytes, or over the checksums of the parts. */
export type ChecksumType = "FULL_OBJECT" | "COMPOSITE";

/** A checksum as S3 stores and sends it. */
export interface Checksum {
  readonly algorithm: ChecksumAlgorithm;
  readonly type: ChecksumType;
  /** Base64; a composite one ends with `-` and the number of parts. */
  readonly value: string;
}

/** A checksum that a client asks for: `value` is absent when the server shall compute it. */
export interface AskedChecksum {
  readonly algorithm: ChecksumAlgorithm;
  readonly value: string | undefined;
}

const digestBytes: Readonly<Record<ChecksumAlgorithm, number>> = {
  CRC32: 4,
  CRC32C: 4,
  CRC64NVME: 8,
  SHA1: 20,
  SHA256: 32,
};

/** The header that carries a checksum of this algorithm. */
export function checksumHeader(algorithm: ChecksumAlgorithm): string {
  return `x-amz-checksum-${algorithm.toLowerCase()}`;
}

/** The XML element that carries a checksum of this algorithm. */
export function checksumElement(algorithm: ChecksumAlgorithm): string {
  return `Checksum${algorithm}`;
}

/** The raw digest of bytes that lie in several pieces. */
export function digest(algorithm: ChecksumAlgorithm, pieces: readonly Uint8Array[]): Buffer {
  if (algorithm === "SHA1" || algorithm === "SHA256") {
    const hash = createHash(algorithm);
    for (const piece of pieces) hash.update(piece);
    return hash.digest();
  }
  const bytes = Buffer.alloc(digestBytes[algorithm]);
  if (algorithm === "CRC64NVME") {
    const crc = pieces.reduce((crc, piece) => crc64nvme(piece, crc), { high: 0, low: 0 });
    bytes.writeUInt32BE(crc.high, 0);
    bytes.writeUInt32BE(crc.low, 4);
    return bytes;
  }
  const update = algorithm === "CRC32" ? crc32 : crc32c;
  bytes.writeUInt32BE(pieces.reduce((crc, piece) => update(piece, crc), 0));
  return bytes;
}

/** A checksum over all bytes. */
export function fullChecksum(
  algorithm: ChecksumAlgorithm,
  pieces: readonly Uint8Array[],
): Checksum {
  return { algorithm, type: "FULL_OBJECT", value: digest(algorithm, pieces).toString("base64") };
}

/** A checksum over the parts' checksums, each given as base64. */
export function compositeChecksum(
  algorithm: ChecksumAlgorithm,
  parts: readonly string[],
): Checksum {
  const raw = parts.map((value) => Buffer.from(value, "base64"));
  const value = `${digest(algorithm, raw).toString("base64")}-${parts.length}`;
  return { algorithm, type: "COMPOSITE", value };
}

/** Reads an algorithm's name as clients send it, in either case. */
export function parseAlgorithm(name: string): ChecksumAlgorithm {
  const known = checksumAlgorithms.find((algorithm) => algorithm === name.toUpperCase());
  if (known !== undefined) return known;
  if (newerAlgorithms.has(name.toUpperCase())) throw new Refusal("NotImplemented");
  throw new Refusal("InvalidRequest", {
    message:
      "Checksum algorithm provided is unsupported. Please try again with any of the valid types: " +
      `[${checksumAlgorithms.join(", ")}]`,
  });
}

const newerAlgorithms = new Set(["SHA512", "MD5", "XXHASH64", "XXHASH3", "XXHASH128"]);

/**
 * Finds the checksum a request carries: in a header, in a trailer, or announced only. Refuses two
 * of them, malformed values, and one that is announced but does not come.
 */
export function askedChecksum(
  headers: ReadonlyMap<string, string>,
  trailers: ReadonlyMap<string, string>,
): AskedChecksum | undefined {
  const found: AskedChecksum[] = [];
  for (const [name, value] of [...headers, ...trailers]) {
    const algorithm = /^x-amz-checksum-(?!mode$|type$|algorithm$)(.+)$/.exec(name)?.[1];
    if (algorithm === undefined) continue;
    found.push({ algorithm: parseAlgorithm(algorithm), value });
  }
  if (found.length > 1) {
    throw new Refusal("InvalidRequest", {
      message:
        "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.",
    });
  }
  const announced = headers.get("x-amz-sdk-checksum-algorithm");
  const asked = found[0];
  if (asked === undefined) {
    if (announced === undefined) return undefined;
    throw new Refusal("InvalidRequest", {
      message:
        "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.",
    });
  }
  if (announced !== undefined && parseAlgorithm(announced) !== asked.algorithm) {
    throw new Refusal("InvalidRequest", {
      message: "Value for x-amz-sdk-checksum-algorithm header is invalid.",
    });
  }
  return asked;
}

/**
 * Refuses bytes that do not have the checksum the client gave, and gives the checksum they do have.
 */
export function checkChecksum(asked: AskedChecksum, pieces: readonly Uint8Array[]): Checksum {
  const checksum = fullChecksum(asked.algorithm, pieces);
  if (asked.value === undefined || asked.value === checksum.value) return checksum;
  if (!isDigest(asked.algorithm, asked.value)) {
    throw new Refusal("InvalidRequest", {
      message: `Value for ${checksumHeader(asked.algorithm)} header is invalid.`,
    });
  }
  throw new Refusal("BadDigest", {
    message: `The ${asked.algorithm} you specified did not match the calculated checksum.`,
  });
}

function isDigest(algorithm: ChecksumAlgorithm, value: string): boolean {
  const bytes = Buffer.from(value, "base64");
  return bytes.length === digestBytes[algorithm] && bytes.toString("base64") === value;
}

/** Refuses a body that does not have the MD5 its Content-MD5 header says. */
export function checkContentMd5(header: string, body: Uint8Array): void {
  const expected = Buffer.from(header, "base64");
  if (expected.length !== 16 || expected.toString("base64") !== header) {
    throw new Refusal("InvalidDigest", { details: { "Content-MD5": header } });
  }
  const actual = createHash("md5").update(body).digest();
  if (actual.equals(expected)) return;
  throw new Refusal("BadDigest", {
    details: {
      ExpectedDigest: expected.toString("hex"),
      CalculatedDigest: actual.toString("base64"),
    },
  });
}
