import { Command, Option } from "commander";
import { addExamples } from "../examples.ts";
import type { Io } from "../io.ts";
import {
  type DirectoryBucketValues,
  directoryBucketOption,
  listConcurrencyOption,
} from "../list-options.ts";
import {
  positiveInteger,
  quietOption,
  RequiredOption,
  sideOptions,
  type SideValues,
} from "../options.ts";
import { s3Address, type S3Address } from "../s3-address.ts";

/**
 * Enough for one machine and for small clusters; a cluster is to have some ranges for each task it
 * runs at a time.
 */
const defaultRanges = 100;

/** Cost a few cents, and bounds a check that would have to list a folder of billions of keys. */
const defaultMaxRequests = 10_000;

/** The options of `partition`, but for those of the bucket. */
export interface PartitionValues extends Omit<SideValues, "bucket">, DirectoryBucketValues {
  readonly ranges: number;
  readonly exact?: true;
  readonly probes?: number;
  readonly from?: string;
  readonly fromInventory?: string;
  readonly sort?: true;
  readonly check?: string;
  readonly maxRequests: number;
  readonly concurrency?: number;
  readonly quiet: boolean;
}

export function partitionCommand(io: Io): Command {
  const command = new Command("partition")
    .usage("[options] s3://BUCKET[/PREFIX] > PARTFILE")
    .description(
      `Cuts the keys of a bucket, or those with a prefix, into ranges of about equal count, and writes them as the lines of a part file for bucketlist. Together the ranges are all keys there can be, each once, however uneven they come out.

With --check it tells whether a part file, be it of ranges or of the original's DELIMITER,PREFIX lines, lists every key of the bucket once. What it misses or lists twice is written as lines; the exit status is then 6.`,
    )
    .argument("<address>", "s3://BUCKET or s3://BUCKET/PREFIX", s3Address)
    .addOption(
      new Option("--ranges <number>", "how many ranges")
        .argParser(positiveInteger)
        .default(defaultRanges),
    )
    .addOption(
      new Option(
        "--exact",
        "list all keys to count them: a request a thousand keys, and ranges that are even",
      ).conflicts(["from", "check"]),
    )
    .addOption(
      new Option(
        "--probes <number>",
        "how many requests may be used to guess where the keys are; a bucket that half of them list is counted (default: 4 a range)",
      )
        .argParser(positiveInteger)
        .conflicts(["from", "exact", "check"]),
    )
    .addOption(
      new Option(
        "--from <list>",
        "cut by a list, as bucketlist writes it, without a request: a file, a directory of files, or - for standard input; .gz is unpacked",
      ).conflicts("check"),
    )
    .addOption(
      new Option(
        "--from-inventory <manifest>",
        "cut by a report of S3 Inventory, in CSV or Parquet: its manifest.json, a file or s3://BUCKET/KEY; it is sorted in TMPDIR",
      ).conflicts(["from", "exact", "probes", "check"]),
    )
    .option(
      "--sort",
      "sort that list first, in TMPDIR where it is large; without it, it must be in the order in which S3 lists",
    )
    .option("--check <partfile>", "check this part file: a file, a directory of files, or -")
    .addOption(
      new Option("--max-requests <number>", "how many requests a check may take")
        .argParser(positiveInteger)
        .default(defaultMaxRequests),
    )
    .addOption(listConcurrencyOption())
    .addOption(quietOption());
  for (const option of sideOptions("")) {
    // The address names it.
    if (!(option instanceof RequiredOption)) command.addOption(option);
  }
  command.addOption(directoryBucketOption().helpGroup("The bucket:"));
  command.action(async (address: S3Address, values: PartitionValues) => {
    if (values.check !== undefined) {
      const { checkPartFile } = await import("../check-part-file.ts");
      await checkPartFile(io, address, values.check, values);
    } else {
      const { partitionBucket } = await import("../partition-bucket.ts");
      await partitionBucket(io, address, values);
    }
  });
  return addExamples(
    command,
    "campanile partition s3://photos --ranges 100 > parts.tsv",
    "campanile partition s3://photos --from photos.tsv > parts.tsv",
    "echo , | campanile partition s3://photos --check -",
  );
}
