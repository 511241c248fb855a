import { resolve } from "node:path";
import { type Command, Option } from "commander";
import type { EntryFilter, KeyPattern } from "../listing/entry-filter.ts";
import { isModulePath } from "../listing/filter-expression.ts";
import type { Io } from "./io.ts";
import { byteSize, moment } from "./quantities.ts";

/** What the options of `addFilterOptions` hold. */
export interface FilterValues {
  readonly newerThan?: string;
  readonly olderThan?: string;
  readonly minSize?: number;
  readonly maxSize?: number;
  readonly class?: readonly string[];
  readonly filter?: string;
}

/**
 * Adds the options that say which objects are meant, and gives the patterns of keys that will be found among them, in the order in
 * which they were given. `counts` tells what of a key counts for a pattern.
 */
export function addFilterOptions(
  command: Command,
  heading: string,
  { cwd }: Pick<Io, "cwd">,
  counts = "the whole key counts",
): readonly KeyPattern[] {
  const patterns: KeyPattern[] = [];
  const add = (kind: KeyPattern["kind"]) => (pattern: string) => {
    patterns.push({ kind, pattern });
    return patterns.length;
  };
  const at = (text: string): string => moment(text, Date.now());
  const options = [
    new Option(
      "--include <pattern>",
      `keys that match: * is any characters, also slashes, ? one, [a-z] and [!a-z] a set, as in the AWS CLI; ${counts}, and of several --include and --exclude the last that matches`,
    ).argParser(add("include")),
    new Option(
      "--exclude <pattern>",
      "keys that do not match; what no pattern matches is taken, unless the first is an --include",
    ).argParser(add("exclude")),
    new Option(
      "--newer-than <when>",
      "changed then or later: as 2026-11-24, 2026-11-24T17:32 (UTC), or how long ago, as 90m, 12h, 30d, 2w",
    ).argParser(at),
    new Option("--older-than <when>", "changed before then").argParser(at),
    new Option(
      "--min-size <bytes>",
      "of so many bytes or more: as 10240, 10KiB or 10K (1024s), 10KB (1000s); up to P",
    ).argParser(byteSize),
    new Option("--max-size <bytes>", "of so many bytes or fewer").argParser(byteSize),
    new Option("--class <classes>", "of these storage classes, as STANDARD,GLACIER").argParser(
      (text) => text.toUpperCase().split(","),
    ),
    new Option(
      "--filter <expression>",
      "for which it is true: JavaScript over key, etag, size, mtime, storageClass and attributes, as 'size > 1e6 && key.endsWith(\".jpg\")', or the file of a module that exports a function of an entry",
    ).argParser((text) => (isModulePath(text) ? resolve(cwd, text) : text)),
  ];
  for (const option of options) command.addOption(option.helpGroup(heading));
  return patterns;
}

/** The filter that they say. */
export function entryFilter(
  { newerThan, olderThan, minSize, maxSize, class: classes, filter: expression }: FilterValues,
  patterns: readonly KeyPattern[],
): EntryFilter {
  return { patterns, newerThan, olderThan, minSize, maxSize, classes, expression };
}

/** The options that say a filter, for a command line of another process. */
export function filterArguments(filter: EntryFilter): readonly string[] {
  const { patterns = [], newerThan, olderThan, minSize, maxSize, classes, expression } = filter;
  const named = {
    "newer-than": newerThan,
    "older-than": olderThan,
    "min-size": minSize,
    "max-size": maxSize,
    class: classes?.join(","),
    filter: expression,
  };
  return [
    ...patterns.flatMap(({ kind, pattern }) => [`--${kind}`, pattern]),
    ...Object.entries(named).flatMap(([name, value]) =>
      value === undefined ? [] : [`--${name}`, String(value)],
    ),
  ];
}
