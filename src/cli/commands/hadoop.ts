import { Command, Option } from "commander";
import { addExamples } from "../examples.ts";
import { jobOptions, type JobOptionValues } from "../hadoop-options.ts";
import type { Io } from "../io.ts";
import { positiveInteger, quietOption, RequiredOption } from "../options.ts";

/** What the options of `hadoop` hold. */
export interface StepValues extends JobOptionValues {
  readonly input: readonly string[];
  readonly output: string;
  readonly reducer?: string;
  readonly lines?: number;
  readonly dryRun?: true;
  readonly quiet: boolean;
}

export function hadoopCommand(io: Io): Command {
  const command = new Command("hadoop")
    .usage("[options] -- STAGE [its options]")
    .description(
      "Sends a job of Hadoop Streaming whose mappers run a stage, as bucketlist or objectcopy, with the options that stand behind it, and follows it to its end. It is set as the same step of copy --engine hadoop is.",
    )
    .argument("<stage...>", "the stage and its options, as it would be typed, behind --")
    .addOption(
      new RequiredOption(
        "--input <path>",
        "files or a directory of lines, on the cluster; may be repeated; required",
      ).argParser((path: string, before: readonly string[] | undefined) => [
        ...(before ?? []),
        path,
      ]),
    )
    .addOption(
      new RequiredOption(
        "--output <path>",
        "a directory on the cluster that is not there yet; required",
      ),
    )
    .addOption(
      new Option(
        "--reducer <stage>",
        "a stage and its options, in quotes, whose tasks get the lines by key",
      ),
    )
    .addOption(
      new Option("--lines <number>", "lines a map task gets (default: as that step)").argParser(
        positiveInteger,
      ),
    )
    .option("--dry-run", "write the command line, and do not run it");
  for (const option of jobOptions()) command.addOption(option);
  command
    .addOption(quietOption())
    .action(async (stage: readonly [string, ...string[]], values: StepValues) => {
      const { runStep } = await import("../run-step.ts");
      await runStep(io, stage, values);
    });
  return addExamples(
    command,
    `campanile hadoop --input part.all --output photos.list --dry-run \\
--code campanile.mjs --hadoop hadoop -- bucketlist --bucket photos`,
  );
}
