import { behindPrefix, bytesOf, type ByteText } from "./byte-text.ts";
import {
  canHoldKeys,
  commonPrefixOf,
  intersection,
  intervalOfPrefix,
  intervalOfRange,
  isBefore,
  type KeyInterval,
  onlyKeyOf,
} from "./key-interval.ts";
import { isPartLine } from "./list-line.ts";
import type { NumberedLine } from "./numbered-line.ts";

/**
 * A line that lists, of the keys of its interval, those without the delimiter behind the prefix.
 */
export interface DelimiterLine {
  readonly number: number;
  readonly delimiter: ByteText;
  readonly prefix: ByteText;
}

/**
 * A part of the key space that no line begins or ends in, and what is certain of it without a look
 * into the bucket.
 */
export interface Piece extends KeyInterval {
  /** The numbers of the lines that list all of it. */
  readonly by: readonly number[];
  /** The lines that list some of its keys: which, depends on what keys there are. */
  readonly partly: readonly DelimiterLine[];
}

interface Spread extends KeyInterval {
  readonly number: number;
  readonly line: DelimiterLine | undefined;
}

/**
 * Cuts the keys that begin with `prefix` into pieces by the lines of a part file, in order. Pieces
 * together are all those keys, but for pieces that have room for no key.
 */
export function coveredPieces(lines: readonly NumberedLine[], prefix: string): Piece[] {
  const whole = intervalOfPrefix(prefix);
  const spreads = lines.flatMap((line) => spreadOf(line, whole));
  const begins = groupBy(spreads, ({ from }) => from);
  const ends = groupBy(spreads, ({ before }) => before);
  const open = new Set<Spread>();
  const pieces: Piece[] = [];
  const cuts = cutsOf(spreads, whole);
  for (const [index, from] of cuts.entries()) {
    for (const spread of ends.get(from) ?? []) open.delete(spread);
    for (const spread of begins.get(from) ?? []) open.add(spread);
    const interval = { from, before: cuts[index + 1] ?? whole.before };
    if (canHoldKeys(interval)) append(pieces, { ...interval, ...listedOf(interval, open) });
  }
  return pieces;
}

/** Of the lines, those that list keys of an interval which their own holds. */
export function partlyListing(
  interval: KeyInterval,
  lines: readonly DelimiterLine[],
): readonly DelimiterLine[] {
  const common = commonPrefixOf(interval);
  return lines.filter((line) => lists(line, common));
}

/** Whether a line lists a key that begins with its prefix. */
export function lists({ delimiter, prefix }: DelimiterLine, key: ByteText): boolean {
  return !key.includes(delimiter, prefix.length);
}

function spreadOf({ number, keys }: NumberedLine, whole: KeyInterval): Spread[] {
  if (keys === undefined) return [];
  const interval = intersection(
    whole,
    isPartLine(keys) ? intervalOfPrefix(keys.prefix) : intervalOfRange(keys),
  );
  if (!isBefore(interval.from, interval.before)) return [];
  const line =
    isPartLine(keys) && keys.delimiter !== ""
      ? { number, delimiter: bytesOf(keys.delimiter), prefix: bytesOf(keys.prefix) }
      : undefined;
  return [{ ...interval, number, line }];
}

/**
 * Where pieces begin, in order: where lines begin and end, and both ends of each subtree behind a
 * delimiter that one of those lies in. So a subtree that a listing with the delimiter shows as a
 * common prefix is never in two pieces.
 */
function cutsOf(spreads: readonly Spread[], whole: KeyInterval): ByteText[] {
  const delimiters = new Map<ByteText, Set<ByteText>>();
  for (const { line } of spreads) {
    if (line === undefined) continue;
    const known = delimiters.get(line.prefix) ?? new Set();
    delimiters.set(line.prefix, known.add(line.delimiter));
  }
  const lengths = [...new Set([...delimiters.keys()].map((prefix) => prefix.length))];
  const cuts = new Set<ByteText>();
  const add = (cut: ByteText | undefined): void => {
    if (cut === undefined || cut < whole.from || !isBefore(cut, whole.before)) return;
    cuts.add(cut);
  };
  add(whole.from);
  for (const { from, before } of spreads) {
    add(from);
    add(before);
  }
  // What is added meanwhile is gone through too. It is never longer than what it was made of, so it
  // comes to an end.
  for (const cut of cuts) {
    for (const length of lengths) {
      for (const delimiter of delimiters.get(cut.slice(0, length)) ?? []) {
        const at = cut.indexOf(delimiter, length);
        if (at < 0) continue;
        const subtree = cut.slice(0, at + delimiter.length);
        add(subtree);
        add(behindPrefix(subtree));
      }
    }
  }
  return [...cuts].sort((a, b) => (a < b ? -1 : 1));
}

/** What is certain of an interval by the lines that are open all through it. */
function listedOf(interval: KeyInterval, open: Iterable<Spread>): Pick<Piece, "by" | "partly"> {
  const by: number[] = [];
  const some: DelimiterLine[] = [];
  for (const { number, line } of open) {
    if (line === undefined) by.push(number);
    else some.push(line);
  }
  const only = some.length > 0 ? onlyKeyOf(interval) : undefined;
  if (only !== undefined) by.push(...numbersOf(some.filter((line) => lists(line, only))));
  const partly = only === undefined ? partlyListing(interval, some) : [];
  return { by: by.sort((a, b) => a - b), partly };
}

/** The numbers of lines. */
export function numbersOf(lines: readonly DelimiterLine[]): number[] {
  return lines.map(({ number }) => number);
}

/** Adds a piece, to the one before it where that is listed by the same lines. */
function append(pieces: Piece[], piece: Piece): void {
  const last = pieces.at(-1);
  if (last?.before === piece.from && nameOf(last) === nameOf(piece)) {
    pieces[pieces.length - 1] = { ...last, before: piece.before };
  } else {
    pieces.push(piece);
  }
}

function nameOf({ by, partly }: Piece): string {
  return `${by.join(",")};${numbersOf(partly).join(",")}`;
}

function groupBy<T, K>(items: readonly T[], keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
}
