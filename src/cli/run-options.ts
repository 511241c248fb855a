import type { Command } from "commander";
import { RequiredOption, sideOptions } from "./options.ts";

/** Adds how a run's place is reached that is in a bucket. */
export function addPlaceOptions(command: Command): void {
  for (const option of sideOptions("")) {
    // The place names it.
    if (option instanceof RequiredOption) continue;
    command.addOption(option.helpGroup("Where the run is, if in a bucket:"));
  }
}
