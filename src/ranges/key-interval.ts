import {
  behindPrefix,
  bytesOf,
  type ByteText,
  leastKeyFrom,
  textOfBytes,
  withPreviousCharacter,
} from "./byte-text.ts";
import type { KeyRange } from "./key-range.ts";

/**
 * The keys from `from` on that are before `before`, by their bytes; to the end of all without it.
 * Prefixes and ranges both are such intervals, which ranges alone are not: no key is the last one
 * before a prefix.
 */
export interface KeyInterval {
  readonly from: ByteText;
  readonly before: ByteText | undefined;
}

/** All keys. */
export const allKeys: KeyInterval = { from: "\0", before: undefined };

/** The keys that begin with a prefix. */
export function intervalOfPrefix(prefix: string): KeyInterval {
  if (prefix === "") return allKeys;
  const from = bytesOf(prefix);
  return { from, before: behindPrefix(from) };
}

/** The keys of a range. It may hold none, with `before` not behind `from`. */
export function intervalOfRange({ prefix = "", after, upTo }: KeyRange): KeyInterval {
  // A key with a NUL behind it is what follows right upon it.
  return intersection(intervalOfPrefix(prefix), {
    from: after === undefined ? allKeys.from : `${bytesOf(after)}\0`,
    before: upTo === undefined ? undefined : `${bytesOf(upTo)}\0`,
  });
}

/** What two intervals have in common. */
export function intersection(a: KeyInterval, b: KeyInterval): KeyInterval {
  const { before } = isBefore(a.before, b.before) ? a : b;
  return { from: a.from > b.from ? a.from : b.from, before };
}

/** Whether some key, be it in the bucket or not, can lie in an interval. */
export function canHoldKeys({ from, before }: KeyInterval): boolean {
  const least = leastKeyFrom(from);
  return least !== undefined && isBefore(least, before);
}

/** The key of an interval that has room for this one alone; undefined for any other. */
export function onlyKeyOf({ from, before }: KeyInterval): ByteText | undefined {
  const least = leastKeyFrom(from);
  if (least === undefined || before === undefined || least >= before) return undefined;
  const next = leastKeyFrom(`${least}\0`);
  return next === undefined || next >= before ? least : undefined;
}

/** The longest beginning that all keys of an interval have. */
export function commonPrefixOf({ from, before }: KeyInterval): ByteText {
  if (before === undefined) return "";
  let length = 0;
  while (length < from.length && from[length] === before[length]) length++;
  const longer = from.slice(0, length + 1);
  return behindPrefix(longer) === before ? longer : from.slice(0, length);
}

/** Whether an end of an interval is before another; undefined is the end of all. */
export function isBefore(a: ByteText | undefined, b: ByteText | undefined): boolean {
  return a !== undefined && (b === undefined || a < b);
}

/**
 * The ranges, three at most, that hold the keys of an interval, each once:
 *
 *     its first key alone, where no range can begin right before it
 *     from there on up to P, where it ends right behind all that begins with P
 *     what begins with P and lies behind P
 */
export function rangesOf(interval: KeyInterval): KeyRange[] {
  const from = leastKeyFrom(interval.from);
  if (from === undefined || !isBefore(from, interval.before)) return [];
  const before = interval.before === undefined ? undefined : leastKeyFrom(interval.before);
  const prefix = commonPrefixOf({ from, before });
  if (from === prefix) {
    const end = behindPrefix(prefix)!;
    if (leastKeyFrom(end) === before) return [{ prefix: textOfBytes(prefix) }];
  }
  const ranges: KeyRange[] = [];
  let after: string | undefined;
  if (from !== allKeys.from) {
    const first = textOfBytes(from);
    if (first.endsWith("\0")) after = first.slice(0, -1);
    else {
      ranges.push({ prefix: first, upTo: first });
      if (onlyKeyOf({ from, before }) !== undefined) return ranges;
      after = first;
    }
  }
  if (before === undefined) return [...ranges, { after }];
  const end = textOfBytes(before);
  if (end.endsWith("\0")) return [...ranges, { after, upTo: end.slice(0, -1) }];
  const last = withPreviousCharacter(end)!;
  // With the first of those that begin so the whole rest does.
  if (after?.startsWith(last) === true) return [...ranges, { prefix: last, after }];
  return [...ranges, { after, upTo: last }, { prefix: last, after: last }];
}
