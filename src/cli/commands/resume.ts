import { Command } from "commander";
import { addExamples } from "../examples.ts";
import type { Io } from "../io.ts";
import { localOptions, maxDeleteOption } from "../job-options.ts";
import { quietOption } from "../options.ts";
import type { ResumeValues } from "../resume-run.ts";
import { addPlaceOptions } from "../run-options.ts";

export function resumeCommand(io: Io): Command {
  const command = new Command("resume")
    .usage("[options] DIRECTORY|s3://BUCKET/PREFIX")
    .description(
      `Goes on with a copy or a sync that is kept by --run, whatever has ended it: an interrupt, a kill, a crash of the machine. What was settled is not looked at again; of the rest both sides are listed anew, and uploads that were left unfinished are ended. What was to be done, and how, is in the run; the credentials come from where they came from.

The exit status is that of the whole run: 0 once all is done.`,
    )
    .argument("<run>", "where it is kept: a directory, or s3://BUCKET/PREFIX");
  command.addOption(maxDeleteOption("as the run was told"));
  for (const option of localOptions()) command.addOption(option);
  command.addOption(quietOption());
  addPlaceOptions(command);
  command.action(async (place: string, values: ResumeValues) => {
    const { resumeRun } = await import("../resume-run.ts");
    await resumeRun(io, place, values);
  });
  return addExamples(command, "campanile resume runs/first");
}
