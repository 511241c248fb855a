import { Command } from "commander";
import { addExamples } from "../examples.ts";
import type { Io } from "../io.ts";
import { addPlaceOptions } from "../run-options.ts";
import type { ShowValues } from "../show-runs.ts";

export function statusCommand(io: Io): Command {
  const command = new Command("status")
    .usage("[options] DIRECTORY|s3://BUCKET/PREFIX")
    .description(
      "Tells how it is with a run that is kept by --run: whether it is done, running (here or on another machine) or was stopped; what came of it; while it runs, how fast it goes and how long it will take; and the command that goes on with it.",
    )
    .argument("<run>", "where it is kept: a directory, or s3://BUCKET/PREFIX")
    .option("--json", "as a JSON line");
  addPlaceOptions(command);
  command.action(async (place: string, values: ShowValues) => {
    const { showRun } = await import("../show-runs.ts");
    await showRun(io, place, values);
  });
  return addExamples(command, "campanile status runs/first");
}
