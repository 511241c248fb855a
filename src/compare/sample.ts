import { crc32 } from "node:zlib";

/** A part of all keys that is chosen by chance, the same for the same seed, whatever else there is. */
export interface Sample {
  /** More than 0, up to 100. */
  readonly percent: number;
  /** A whole number, up to 2 to the 32. */
  readonly seed: number;
}

/** Gives a test for keys that are in a sample. */
export function sampleTest({ percent, seed }: Sample): (key: string) => boolean {
  const below = (percent / 100) * 2 ** 32;
  const salt = mixed(seed);
  return (key) => mixed(crc32(key) ^ salt) < below;
}

/**
 * Mixes a number's bits (MurmurHash3's finalizer): a checksum differs in few bits for keys that differ in their last character, and
 * would choose by that.
 */
function mixed(value: number): number {
  let bits = value;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}
