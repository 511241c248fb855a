import { Command, InvalidArgumentError, Option } from "commander";
import { type ColumnName, columnNames } from "../../listing/column-names.ts";
import type { KeyPattern } from "../../listing/entry-filter.ts";
import { addExamples } from "../examples.ts";
import { addFilterOptions, type FilterValues } from "../filter-options.ts";
import type { Io } from "../io.ts";
import {
  type DirectoryBucketValues,
  directoryBucketOption,
  listConcurrencyOption,
  type ListRunValues,
  strictOption,
} from "../list-options.ts";
import {
  positiveInteger,
  quietOption,
  RequiredOption,
  sideOptions,
  type SideValues,
} from "../options.ts";
import { s3Address, type S3Address } from "../s3-address.ts";

/** The options of `ls`. */
export interface LsValues
  extends Omit<SideValues, "bucket">, ListRunValues, FilterValues, DirectoryBucketValues {
  readonly unordered?: true;
  readonly workers?: number;
  readonly startAfter?: string;
  readonly stopAt?: string;
  readonly delimiter?: string;
  readonly versions?: true;
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
  const group = (heading: string, ...options: readonly Option[]): void => {
    for (const option of options) command.addOption(option.helpGroup(heading));
  };
  const command = new Command("ls")
    .usage("[options] s3://BUCKET[/PREFIX] > ENTRIES")
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
  );
  const patterns = addFilterOptions(command, "Which objects:", io);
  group(
    "How they are written:",
    new Option(
      "--unordered",
      "in no order, as they come: sooner, and without the file in TMPDIR where up to 1 GB of lines may wait for their turn",
    ),
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
      "--output <place>",
      "into part files, in a directory or under s3://BUCKET/PREFIX, which is reached by the same endpoint and credentials; each is there only when it is whole, and the same command again goes on where it was ended",
    ).conflicts(["delimiter", "versions", "unordered", "human", "summary"]),
    new Option("--gzip", "pack the part files of --output"),
  );
  command.addOption(
    new Option(
      "--workers <number>",
      "threads that share a long listing (default: one a processor with --json, --columns, --human and filters, else 1)",
    ).argParser(positiveInteger),
  );
  command.addOption(listConcurrencyOption()).addOption(strictOption()).addOption(quietOption());
  for (const option of sideOptions("")) {
    // The address names it.
    if (!(option instanceof RequiredOption)) command.addOption(option);
  }
  command.addOption(directoryBucketOption().helpGroup("The bucket:"));
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
