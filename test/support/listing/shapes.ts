import type { SortedKeys } from "./sorted-keys.ts";
import { seededRandom } from "../random.ts";

/**
 * Keys as buckets have them, any number, made when they are asked for: so a bucket of ten millions takes no memory. Each rises strictly
 * with its index.
 */
export const shapes: Readonly<Record<string, (size: number) => SortedKeys>> = {
  /** `logs/2024/MM/DD/HH/host-xxxxxxxx/file-nnnnn.parquet`, 20 files a host. */
  logs(size) {
    const hosts = Math.ceil(size / 20);
    const hours = 366 * 24;
    return made(size, (index) => {
      const host = Math.floor(index / 20);
      const hour = Math.floor((host * hours) / hosts);
      const first = Math.ceil((hour * hosts) / hours);
      const count = Math.ceil(((hour + 1) * hosts) / hours) - first;
      const id = Math.floor(((host - first + mixed(host) / 2 ** 33) * 2 ** 32) / count);
      const time = new Date(Date.UTC(2024, 0, 1, hour)).toISOString();
      const folder = `${time.slice(0, 10).replaceAll("-", "/")}/${time.slice(11, 13)}`;
      return `logs/${folder}/host-${hex(id)}/file-${padded(index % 20, 5)}.parquet`;
    });
  },

  /** 32 hexadecimal digits, evenly spread. */
  hex(size) {
    return made(size, (index) => {
      const place = ((index + mixed(index) / 2 ** 33) / size) * 2 ** 32;
      const high = Math.floor(place);
      const low = Math.floor((place - high) * 2 ** 20) * 2 ** 12;
      return hex(high) + hex(low) + hex(mixed(index ^ 0x5555)) + hex(mixed(index ^ 0x3333));
    });
  },

  /** A counter of twelve digits. */
  seq: (size) => made(size, (index) => padded(index, 12)),

  /** Two words with what clients get wrong in them, then a counter. */
  utf8(size) {
    const sorted = words
      .map((word) => Buffer.from(`${word}/`))
      .sort((a, b) => Buffer.compare(a, b))
      .map(String);
    return made(size, (index) => {
      const pair = Math.floor((index * sorted.length ** 2) / size);
      const one = sorted[Math.floor(pair / sorted.length)]!;
      return `${one}${sorted[pair % sorted.length]}${padded(index, 9)}.bin`;
    });
  },

  /** Nearly all keys in one folder beside thousands of small ones. */
  giant(size) {
    const small = Math.floor(size / 20);
    return made(size, (index) => {
      if (index < small) return `archive/${padded(Math.floor(index / 17), 6)}/${padded(index, 8)}`;
      const place = Math.floor(((index - small) / (size - small)) * 2 ** 32);
      return `data/blobs/sha256/${hex(place)}${hex(mixed(index))}`;
    });
  },

  /** Tenants of which few have most of the keys, by month. */
  tenants(size) {
    const random = seededRandom(7);
    const names = Array.from(
      { length: 2000 },
      () => `tenant-${hex(Math.floor(random() * 2 ** 32))}`,
    );
    names.sort();
    const ends: number[] = [];
    let weight = 0;
    for (const [i] of names.entries()) ends.push((weight += 1 / (1 + (mixed(i) % 2000)) ** 1.6));
    return made(size, (index) => {
      const target = ((index + 0.5) / size) * weight;
      let low = 0;
      let high = names.length - 1;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (ends[middle]! > target) high = middle;
        else low = middle + 1;
      }
      const begin = low === 0 ? 0 : ends[low - 1]!;
      const part = (target - begin) / (ends[low]! - begin);
      const month = padded(1 + Math.floor(part * 12), 2);
      return `tenants/${names[low]}/2025${month}/${padded(index, 10)}-${hex(mixed(index))}`;
    });
  },
};

const words = [
  "with space",
  "plus+plus",
  "per%25cent",
  "amp&amp",
  "<tag>",
  '"quote"',
  "it's",
  "hash#",
  "semi;colon",
  "(paren)",
  "A",
  "Z",
  "a",
  "e",
  "z",
  "été",
  "é",
  "ñandú",
  "Ωμέγα",
  "Журнал",
  "日本",
  "한국",
  "ａ",
  "Ａ",
  "😀",
  "🚀 go",
  "𠮷",
];

function made(size: number, key: (index: number) => string): SortedKeys {
  return { size, at: (index) => Buffer.from(key(index)) };
}

function padded(value: number, digits: number): string {
  return String(value).padStart(digits, "0");
}

function hex(value: number): string {
  return value.toString(16).padStart(8, "0");
}

/** A number below 2 to the 32 that looks like chance (the finalizer of MurmurHash3). */
function mixed(value: number): number {
  let hash = value >>> 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
