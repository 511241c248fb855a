import { crc32 } from "node:zlib";

import { Refusal } from "./errors.ts";
import { compareBytes } from "./key-order.ts";
import type { SortedMap } from "./sorted-map.ts";

/** The most entries S3 puts on any page. */
export const maxPageEntries = 1000;

/** Reads a number such as `max-keys`; S3 cuts it down to 1000 instead of refusing more. */
export function readCount(
  name: string,
  text: string | undefined,
  fallback = maxPageEntries,
): number {
  if (text === undefined) return fallback;
  const count = Number(text);
  if (/^\d{1,10}$/.test(text) && count <= 2_147_483_647) return Math.min(count, maxPageCount(name));
  throw new Refusal("InvalidArgument", {
    message: `Provided ${name} not an integer or within integer range`,
    details: { ArgumentName: name, ArgumentValue: text },
  });
}

function maxPageCount(name: string): number {
  return name.endsWith("marker") ? Number.MAX_SAFE_INTEGER : maxPageEntries;
}

/** What a listing is asked to show. */
export interface Walk {
  readonly prefix: string;
  /** "" for none. */
  readonly delimiter: string;
  /** Keys up to this one were listed before; undefined to begin. */
  readonly after: string | undefined;
  /** True when `after` itself may have more to show, as further versions of one key. */
  readonly fromAfter?: boolean;
}

/** A key, or a common prefix that stands for all keys under it. */
export type Found<V> =
  | { readonly kind: "key"; readonly key: string; readonly value: V }
  | { readonly kind: "prefix"; readonly prefix: string };

/**
 * Walks keys in order and rolls those with a delimiter behind the prefix into one. A common prefix
 * is shown only when it is greater than `after` (API reference, ListObjectsV2, "CommonPrefixes"):
 * so a page that ended with one goes on behind all of its keys.
 */
export function* walk<V>(
  map: SortedMap<V>,
  { prefix, delimiter, after, fromAfter = false }: Walk,
  isShown: (value: V) => boolean,
): Generator<Found<V>, undefined> {
  let isBefore = (key: string): boolean =>
    compareBytes(key, prefix) < 0 ||
    (after !== undefined && compareBytes(key, after) < (fromAfter ? 0 : 1));
  restart: for (;;) {
    for (const [key, value] of map.from(isBefore)) {
      if (!key.startsWith(prefix)) return;
      if (!isShown(value)) continue;
      const end = delimiter === "" ? -1 : key.indexOf(delimiter, prefix.length);
      if (end === -1) {
        yield { kind: "key", key, value };
        continue;
      }
      const common = key.slice(0, end + delimiter.length);
      if (after === undefined || compareBytes(common, after) > 0) {
        yield { kind: "prefix", prefix: common };
      }
      isBefore = (key) => compareBytes(key, common) < 0 || key.startsWith(common);
      continue restart;
    }
    return;
  }
}

/**
 * A continuation token for going on behind a key. Clients must not read it; it says itself whether
 * it was damaged.
 */
export function writeToken(after: string): string {
  const bytes = Buffer.from(after);
  const check = Buffer.alloc(4);
  check.writeUInt32BE(crc32(bytes));
  return Buffer.concat([check, bytes]).toString("base64");
}

/** The key that a continuation token stands for. */
export function readToken(token: string): string {
  const bytes = Buffer.from(token, "base64");
  if (bytes.length < 4 || bytes.readUInt32BE() !== crc32(bytes.subarray(4))) {
    throw new Refusal("InvalidArgument", {
      message: "The continuation token provided is incorrect",
      details: { ArgumentName: "continuation-token" },
    });
  }
  return bytes.toString("utf8", 4);
}

/** How names are written in a listing: as they are, or encoded for `encoding-type=url`. */
export function nameWriter(encodingType: string | undefined): (name: string) => string {
  if (encodingType === undefined) return (name) => name;
  if (encodingType === "url") return encodeName;
  throw new Refusal("InvalidArgument", {
    message: "Invalid Encoding Method specified in Request",
    details: { ArgumentName: "encoding-type", ArgumentValue: encodingType },
  });
}

/**
 * Form encoding that leaves `/` alone: a space is `+`; letters, digits and `-_.*` stay; all else is
 * `%XX` of its UTF-8 bytes.
 */
function encodeName(name: string): string {
  // Most names need none of it, and a page has a thousand of them.
  if (/^[\w./*-]*$/.test(name)) return name;
  return encodeURIComponent(name)
    .replaceAll("%2F", "/")
    .replaceAll("%20", "+")
    .replace(/[!'()~]/g, (unit) => `%${unit.charCodeAt(0).toString(16).toUpperCase()}`);
}
