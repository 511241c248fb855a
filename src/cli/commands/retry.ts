import { Command } from "commander";
import { addExamples } from "../examples.ts";
import type { Io } from "../io.ts";
import { localOptions, maxDeleteOption } from "../job-options.ts";
import { quietOption } from "../options.ts";
import type { RetryValues } from "../resume-run.ts";
import { addPlaceOptions } from "../run-options.ts";

export function retryCommand(io: Io): Command {
  const command = new Command("retry")
    .usage("[options] DIRECTORY|s3://BUCKET/PREFIX")
    .description(
      "Tries the objects again that failed in a run that is done, as they are now: each is looked up at both sides. This is a run of its own, retry-1 and so on in the directory of the first, and can be resumed as any; its results replace the first ones of these objects.",
    )
    .argument("<run>", "where it is kept: a directory, or s3://BUCKET/PREFIX")
    .option("--skipped", "also what was skipped: archived objects that are restored by now");
  command.addOption(maxDeleteOption("as the run was told"));
  for (const option of localOptions()) command.addOption(option);
  command.addOption(quietOption());
  addPlaceOptions(command);
  command.action(async (place: string, values: RetryValues) => {
    const { retryRun } = await import("../resume-run.ts");
    await retryRun(io, place, values);
  });
  return addExamples(command, "campanile retry runs/first");
}
