import { Command, InvalidArgumentError, Option } from "commander";
import { addExamples } from "../examples.ts";
import type { EstimateValues } from "../estimate-copy.ts";
import type { Io } from "../io.ts";
import { positiveInteger } from "../options.ts";
import { byteSize } from "../quantities.ts";
import { addSideOptions } from "./diff.ts";

/** They cost a fifth of a cent, and take less than a minute. */
const defaultRequests = 400;

export function estimateCommand(io: Io): Command {
  const command = new Command("estimate")
    .description(
      `Tells what a copy of SOURCE, or of what TARGET lacks of it, would be: how many objects and bytes, which requests, what they cost, how long it takes, and on how many machines it should run. Small buckets are counted; of large ones samples are taken: paths down the tree of their keys, and what lies at their ends, on both sides.

Prices are those of S3 in one region at one time, which is told; they are no offer. Others can be given as a file.`,
    )
    .argument("<source>", "s3://BUCKET[/FOLDER]")
    .argument("[target]", "s3://BUCKET[/FOLDER]; without it all of SOURCE is to be copied")
    .addOption(
      new Option("--requests <number>", "how many list requests may be used")
        .argParser(positiveInteger)
        .default(defaultRequests),
    )
    .addOption(
      new Option("--via <way>", "server: S3 copies by itself; stream: the bytes pass through here")
        .choices(["server", "stream"])
        .default("server"),
    )
    .addOption(
      new Option(
        "--transfer <where>",
        "where the bytes go: sameRegion, otherRegion or internet (default: as the buckets' regions are)",
      ).choices(["sameRegion", "otherRegion", "internet"]),
    )
    .option("--prices <file>", "a table of prices as JSON, in place of the one that comes along")
    .addOption(
      new Option(
        "--rate <number>",
        "how many writes a second S3 takes, and 11/7 as many reads (default: 3500, what it promises for one prefix)",
      ).argParser(rate),
    )
    .addOption(
      new Option(
        "--bandwidth <bytes>",
        "how many bytes a second pass through one machine (default: 1GB)",
      ).argParser(byteSize),
    )
    .option("--json", "write JSON: one object");
  addSideOptions(command);
  command.action(async (source: string, target: string | undefined, values: EstimateValues) => {
    const { estimateCopy } = await import("../estimate-copy.ts");
    await estimateCopy(io, { source, target }, values);
  });
  return addExamples(
    command,
    "campanile estimate s3://photos s3://copies",
    "campanile estimate s3://photos --via stream --transfer otherRegion",
  );
}

function rate(text: string): number {
  const value = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || value <= 0) {
    throw new InvalidArgumentError("It is a number of requests a second.");
  }
  return value;
}
