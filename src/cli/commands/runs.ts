import { Command } from "commander";
import { addExamples } from "../examples.ts";
import type { Io } from "../io.ts";
import { addPlaceOptions } from "../run-options.ts";
import type { ShowValues } from "../show-runs.ts";

export function runsCommand(io: Io): Command {
  const command = new Command("runs")
    .usage("[options] [DIRECTORY|s3://BUCKET/PREFIX]")
    .description(
      "Lists the runs that are kept right in a directory, a line each: state, when it was begun, objects listed and failed, place, command.",
    )
    .argument("[directory]", "where the runs are: a directory, or s3://BUCKET/PREFIX", ".")
    .option("--json", "a JSON object each");
  addPlaceOptions(command);
  command.action(async (place: string, values: ShowValues) => {
    const { showRuns } = await import("../show-runs.ts");
    await showRuns(io, place, values);
  });
  return addExamples(command, "campanile runs runs");
}
