import { Command, InvalidArgumentError, Option } from "commander";
import { type ColumnName, columnNames } from "../../listing/column-names.ts";
import type { KeyPattern } from "../../listing/entry-filter.ts";
import { addExamples } from "../examples.ts";
import type { Io } from "../io.ts";
import { listConcurrencyOption, type ListRunValues, strictOption } from "../list-options.ts";
import { quietOption, RequiredOption, sideOptions, type SideValues } from "../options.ts";
import { byteSize, moment } from "../quantities.ts";
import { s3Address, type S3Address } from "../s3-address.ts";

/** The options of `ls`. */
export interface LsValues extends Omit<SideValues, "bucket">, ListRunValues {
  readonly unordered?: true;
  readonly startAfter?: string;
  readonly stopAt?: string;
  readonly delimiter?: string;
  readonly versions?: true;
  readonly newerThan?: string;
  readonly olderThan?: string;
  readonly minSize?: number;
  readonly maxSize?: number;
  readonly class?: readonly string[];
  readonly json?: true;
  readonly columns?: readonly ColumnName[];
  readonly human?: true;
  readonly summary?: true;
  readonly output?: string;
  readonly gzip?: true;
  /** `--include` and `--exclude`, in the order in which they were given. */
  readonly patterns: readonly KeyPattern[];
}

export function lsCommand(io: Io): Command {
  const patterns: KeyPattern[] = [];
  const add = (kind: KeyPattern["kind"]) => (pattern: string) => {
    patterns.push({ kind, pattern });
    return patterns.length;
  };
  const at = (text: string): string => moment(text, Date.now());
  const group = (heading: string, ...options: readonly Option[]): void => {
    for (const option of options) command.addOption(option.helpGroup(heading));
  };
  const command = new Command("ls")
    .usage("[options] s3://BUCKET[/PREFIX] > ENTRIES")
    .summary("list a bucket, by many requests at a time")
    .description(
      `Lists the objects of a bucket, or those whose keys begin with PREFIX, one a line: key, ETag, size in bytes, time of change (UTC), and what else there is to say of it. It takes about one request a thousand keys, and has many of them under way at a time, whatever the keys are. Objects come in the order of their keys' bytes.`,
    )
    .argument("<address>", "s3://BUCKET or s3://BUCKET/PREFIX", s3Address);
  group(
    "Which objects:",
    new Option("--start-after <key>", "only those behind this key, which need not exist"),
    new Option("--stop-at <key>", "only those up to this key and with it"),
    new Option(
      "--delimiter <text>",
      "one level only: what has the text behind PREFIX, mostly a slash, is shown by its beginning, once",
    ),
    new Option(
      "--versions",
      "all versions and delete markers, page after page: S3 has no way to list them side by side",
    ).conflicts(["delimiter", "unordered"]),
    new Option(
      "--include <pattern>",
      "keys that match: * is any characters, also slashes, ? one, [a-z] and [!a-z] a set, as in the AWS CLI; the whole key counts, and of several --include and --exclude the last that matches",
    ).argParser(add("include")),
    new Option(
      "--exclude <pattern>",
      "keys that do not match; what no pattern matches is listed, unless the first is an --include",
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
  );
  group(
    "How they are written:",
    new Option("--unordered", "in no order, as they come: sooner, and with less memory"),
    new Option("--json", "a JSON object each"),
    new Option("--columns <names>", `only these columns: of ${columnNames.join(", ")}`).argParser(
      columns,
    ),
    new Option("--human", "for people: time, size with its unit, and key, aligned").conflicts([
      "json",
      "columns",
    ]),
    new Option(
      "--summary",
      "not the objects, but how many they are and their bytes, by storage class",
    ).conflicts(["columns", "delimiter"]),
    new Option(
      "--output <directory>",
      "into part files, each there only when it is whole; the same command again goes on where it was ended",
    ).conflicts(["delimiter", "versions", "unordered", "human", "summary"]),
    new Option("--gzip", "pack the part files of --output"),
  );
  command.addOption(listConcurrencyOption()).addOption(strictOption()).addOption(quietOption());
  for (const option of sideOptions("")) {
    // The address names it.
    if (!(option instanceof RequiredOption)) command.addOption(option);
  }
  command.action(async (address: S3Address, values: Omit<LsValues, "patterns">) => {
    const { listBucket } = await import("../list-bucket.ts");
    await listBucket(io, address, { ...values, patterns });
  });
  return addExamples(
    command,
    "campanile ls s3://photos/2015/ > photos.tsv",
    "campanile ls s3://photos --delimiter / --human",
    "campanile ls s3://photos --include '*.jpg' --newer-than 2014-01-01 --summary",
    "campanile ls s3://photos --output photos.parts --gzip",
  );
}

function columns(text: string): readonly ColumnName[] {
  const names = text.split(",");
  const isColumn = (name: string): name is ColumnName =>
    (columnNames as readonly string[]).includes(name);
  if (!names.every(isColumn)) {
    throw new InvalidArgumentError(`They are, separated by commas: ${columnNames.join(", ")}.`);
  }
  return names;
}
