import type { ObjectSpec } from "./write-object.ts";
import { randomKey } from "./random.ts";

const storageClasses = ["STANDARD_IA", "GLACIER_IR", "INTELLIGENT_TIERING", "ONEZONE_IA"] as const;

const checksums = [
  { algorithm: "CRC32", type: "FULL_OBJECT" },
  { algorithm: "CRC32C", type: "FULL_OBJECT" },
  { algorithm: "CRC64NVME", type: "FULL_OBJECT" },
  { algorithm: "CRC32", type: "COMPOSITE" },
  { algorithm: "SHA1", type: "COMPOSITE" },
  { algorithm: "SHA256", type: "COMPOSITE" },
] as const;

/** How `randomObjects` chooses. */
export interface RandomObjects {
  readonly count: number;
  /** The most parts of an object. */
  readonly maxParts?: number;
  /** The largest object or part is about three times as long, in bytes; sizes near it and near 0 are common. */
  readonly aroundBytes: number;
  /** How likely an object is under KMS, 0 to 1. */
  readonly kms?: number;
}

/** Objects of all kinds: odd keys, plain and in even and uneven parts, with all that an object can carry. */
export function randomObjects(random: () => number, of: RandomObjects): ObjectSpec[] {
  const { count, aroundBytes, maxParts = 5, kms = 0 } = of;
  const keys = new Set<string>();
  while (keys.size < count) keys.add(randomKey(random));
  return Array.from(keys, (key) => {
    const parts = chance(0.5) ? randomParts() : undefined;
    const length = parts?.reduce((sum, part) => sum + part, 0) ?? randomSize();
    const checksum = chance(0.5) ? undefined : pick(checksums);
    return {
      key,
      body: randomBytes(length),
      parts,
      headers: randomHeaders(),
      // An object in one piece has its checksum over all bytes, whatever it is called.
      checksum: checksum && (parts === undefined ? { ...checksum, type: "FULL_OBJECT" } : checksum),
    };
  });

  function randomParts(): number[] {
    const parts = 1 + Math.floor(random() * maxParts);
    const first = Math.max(1, randomSize());
    const lengths = Array.from({ length: parts }, () =>
      chance(0.7) ? first : Math.max(1, randomSize()),
    );
    // Only the last may be empty, and only where S3 shows it by a part number of its own: as the one part of an empty object.
    if (parts === 1 && chance(0.3)) lengths[0] = 0;
    return lengths;
  }

  function randomSize(): number {
    if (chance(0.1)) return 0;
    if (chance(0.3)) return aroundBytes + Math.floor(random() * 3) - 1;
    return Math.floor(random() * aroundBytes * (chance(0.5) ? 0.1 : 3));
  }

  function randomHeaders(): Record<string, string> {
    const headers: Record<string, string> = {};
    if (chance(0.5)) headers["content-type"] = "text/plain; charset=utf-8";
    if (chance(0.2)) headers["cache-control"] = "max-age=60, public";
    if (chance(0.2)) headers["content-disposition"] = 'attachment; filename="a b.txt"';
    if (chance(0.2)) headers["content-encoding"] = "gzip";
    if (chance(0.2)) headers["content-language"] = "de, en";
    if (chance(0.2)) headers["expires"] = "Wed, 21 Oct 2026 07:28:00 GMT";
    if (chance(0.1)) headers["x-amz-website-redirect-location"] = "/elsewhere?x=1";
    if (chance(0.4)) headers["x-amz-meta-owner"] = "a, b;c=d";
    if (chance(0.2)) headers["x-amz-meta-name"] = "=?UTF-8?B?w6TDtsO8?=";
    if (chance(0.3)) headers["x-amz-tagging"] = "kind=a%20b&empty=&%C3%A9=%2B%26";
    if (chance(0.3)) headers["x-amz-storage-class"] = pick(storageClasses);
    if (chance(kms)) headers["x-amz-server-side-encryption"] = "aws:kms";
    return headers;
  }

  function randomBytes(length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length);
    for (let i = 0; i < length; i++) bytes[i] = random() * 256;
    return bytes;
  }

  function chance(likely: number): boolean {
    return random() < likely;
  }

  function pick<T>(from: readonly T[]): T {
    return from[Math.floor(random() * from.length)]!;
  }
}
