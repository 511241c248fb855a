import type { Entry } from "../record/entry.ts";
import { expressionTest } from "./filter-expression.ts";
import { globOf } from "./glob.ts";

/** A pattern of keys (see `globOf`), or of what is behind a folder in them, and whether the keys that match it are wanted. */
export interface KeyPattern {
  readonly kind: "include" | "exclude";
  readonly pattern: string;
}

/** Which entries of a listing are wanted; what is left out takes all. */
export interface EntryFilter {
  /**
   * Of those that match a key, the last decides. A key that none matches is wanted, unless the first is
   * an `include`.
   */
  readonly patterns?: readonly KeyPattern[] | undefined;
  /** `YYYY-MM-DD HH:MM:SS`, UTC: changed then or later. */
  readonly newerThan?: string | undefined;
  /** The same form: changed before then. */
  readonly olderThan?: string | undefined;
  /** In bytes, inclusive. */
  readonly minSize?: number | undefined;
  /** In bytes, inclusive. */
  readonly maxSize?: number | undefined;
  /** Storage classes. */
  readonly classes?: readonly string[] | undefined;
  /** An expression, or the absolute path of a module; see `expressionTest`. */
  readonly expression?: string | undefined;
}

/**
 * Makes one test of a filter; undefined for one that takes all, which saves making entries. Patterns are of what is behind `folder` in a
 * key, as those of the AWS CLI and of rsync are; an expression sees the entry as it is.
 */
export function filterOf(
  filter: EntryFilter,
  folder = "",
): ((entry: Entry) => boolean) | undefined {
  const { newerThan, olderThan, minSize, maxSize, classes, expression } = filter;
  const tests: ((entry: Entry) => boolean)[] = [];
  if (minSize !== undefined) tests.push(({ size }) => size >= minSize);
  if (maxSize !== undefined) tests.push(({ size }) => size <= maxSize);
  if (newerThan !== undefined) tests.push(({ mtime }) => mtime >= newerThan);
  if (olderThan !== undefined) tests.push(({ mtime }) => mtime < olderThan);
  if (classes !== undefined) tests.push((entry) => classes.includes(classOf(entry)));
  if (filter.patterns !== undefined && filter.patterns.length > 0) {
    tests.push(patternTest(filter.patterns, folder));
  }
  // What costs most comes last.
  if (expression !== undefined) tests.push(expressionTest(expression));
  if (tests.length === 0) return undefined;
  return (entry) => tests.every((test) => test(entry));
}

/** An entry's storage class. */
export function classOf({ attributes }: Entry): string {
  return attributes?.class ?? "STANDARD";
}

function patternTest(patterns: readonly KeyPattern[], folder: string): (entry: Entry) => boolean {
  const otherwise = patterns[0]!.kind === "exclude";
  const last = patterns
    .map(({ kind, pattern }) => ({ isWanted: kind === "include", matches: globOf(pattern) }))
    .toReversed();
  return ({ key }) => {
    const name = key.startsWith(folder) ? key.slice(folder.length) : key;
    return last.find(({ matches }) => matches(name))?.isWanted ?? otherwise;
  };
}
