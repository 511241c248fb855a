import { Command, InvalidArgumentError, Option } from "commander";
import { addExamples } from "../examples.ts";
import { jobOptions, type JobOptionValues } from "../hadoop-options.ts";
import type { Io } from "../io.ts";
import { positiveInteger, quietOption, RequiredOption } from "../options.ts";

/** What the options of `rsync` hold. */
export interface RsyncValues extends Omit<JobOptionValues, "code"> {
  readonly job?: string;
  readonly input: string;
  readonly code: string;
  readonly output: string;
  readonly srcBucket: string;
  readonly dstBucket: string;
  readonly srcProfile?: string;
  readonly dstProfile?: string;
  readonly srcEndpoint?: string;
  readonly dstEndpoint?: string;
  readonly dryRun?: true;
  readonly json?: true;
  readonly diff?: true;
  readonly copy: boolean;
  readonly listOnly?: true;
  readonly uuid?: string;
  readonly region?: string;
  readonly profile?: string;
  readonly verbose?: true;
  readonly debug?: true;
  readonly planLines: number;
  readonly copyLines: number;
  readonly quiet: boolean;
}

/** The cluster at hand, in place of one of EMR's. */
export const localYarn = "local-yarn";

export function rsyncCommand(io: Io): Command {
  const command = new Command("rsync")
    .description(
      "Makes the steps of a copy as the first Campanile's rsync.py made them: list, with --diff also list the target and compare by Hive, plan, copy. Paths are those of the cluster. In PLACE of --code lie campanile.mjs, hive's diff.q and, where profiles are named, .boto with their keys; results go to PLACE of --output.",
    )
    .addOption(
      new Option("-j, --job <cluster>", `the cluster: j-… of EMR, or ${localYarn}, the one at hand`)
        .argParser(clusterId)
        .default(localYarn),
    )
    .addOption(new RequiredOption("--input <file>", "the part file; required"))
    .addOption(new RequiredOption("--code <place>", "where the program is; required"))
    .addOption(new RequiredOption("--output <place>", "where results go; required"))
    .addOption(new RequiredOption("--src-bucket <name>", "copy from this bucket; required"))
    .addOption(new RequiredOption("--dst-bucket <name>", "copy to this bucket; required"))
    .option("--src-profile <name>", "whose keys read, of .boto (default: what the nodes have)")
    .option("--dst-profile <name>", "whose keys write")
    .option(
      "--src-endpoint <host>",
      "which S3 (default: that of the bucket's region, which is asked)",
    )
    .option("--dst-endpoint <host>", "the same for the target")
    .option("--dry-run", "write the steps, and run none")
    .option("--json", "with --dry-run, write them as AddJobFlowSteps takes them")
    .option("--diff", "list the target too, compare by Hive, and copy the difference only")
    .option("--no-copy", "stop before the plan")
    .option("--list-only", "only list")
    .option("--uuid <id>", "how the run is called (default: the time in seconds, and four letters)")
    .option("--region <region>", "the cluster's region (default: the profile's)")
    .option("--profile <name>", "whose credentials ask for the buckets' regions, and send steps")
    .option("-v, --verbose", "tell more of each step")
    .option("-d, --debug", "write the steps, and have Hadoop Streaming tell more");
  command.addOption(
    new Option("--plan-lines <number>", "entries a task plans")
      .argParser(positiveInteger)
      .default(1000),
  );
  command.addOption(
    new Option("--copy-lines <number>", "objects and parts a task copies")
      .argParser(positiveInteger)
      .default(10),
  );
  command.addOption(
    new Option("--reducers <number>", "reduce tasks, and so files of results")
      .argParser(positiveInteger)
      .default(1),
  );
  for (const option of jobOptions()) {
    if (!taken.has(option.long ?? "")) command.addOption(option);
  }
  command.addOption(quietOption()).action(async (values: RsyncValues) => {
    const { runRsync } = await import("../run-rsync.ts");
    await runRsync(io, values);
  });
  return addExamples(
    command,
    `campanile rsync -j j-21Z837CG1ZQ14 --code s3://codebucket \\
--input s3://codebucket/input/part.all --output s3://codebucket/output \\
--src-bucket photos --src-profile jeff \\
--dst-bucket copies --dst-profile jassy \\
--src-endpoint s3-us-west-2.amazonaws.com \\
--dst-endpoint s3-us-west-2.amazonaws.com --dry-run`,
  );
}

/** Options that are the original's own here, or that its way of sending the program leaves no room for. */
const taken = new Set(["--code", "--ship-node", "--ship-credentials", "--reducers"]);

function clusterId(text: string): string {
  if (text === localYarn || /^j-[A-Z0-9]+$/.test(text)) return text;
  throw new InvalidArgumentError(
    `It is j- and letters and digits, as EMR names clusters, or ${localYarn}.`,
  );
}
