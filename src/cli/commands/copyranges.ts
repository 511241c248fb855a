import { Command } from "commander";
import type { MaxDelete } from "../../engines/local/delete-budget.ts";
import { addExamples } from "../examples.ts";
import { maxFailuresOption } from "../hadoop-options.ts";
import type { Io } from "../io.ts";
import { maxDeleteOption } from "../job-options.ts";
import { concurrencyOption, quietOption } from "../options.ts";

/** What the options of `copyranges` hold. */
export interface CopyrangesValues {
  readonly job: string;
  readonly concurrency: number;
  readonly maxDelete?: MaxDelete;
  readonly maxFailures?: number;
  readonly quiet: boolean;
}

export function copyrangesCommand(io: Io): Command {
  const command = new Command("copyranges")
    .usage("[options] < PARTFILE > RESULTS")
    .description(
      "Reads ranges of keys, as partition writes them, and does all of a job for each: lists both sides, compares, copies, and writes results. What the job is, a file says that --engine hadoop writes. Large objects may be left to others: then their entries come in place of results.",
    )
    .option("--job <file>", "what is to be done, as JSON", "job.json")
    .addOption(concurrencyOption(64))
    .addOption(maxDeleteOption("none is deleted"))
    .addOption(maxFailuresOption())
    .addOption(quietOption())
    .action(async (values: CopyrangesValues) => {
      const { runRanges } = await import("../run-ranges.ts");
      await runRanges(io, values);
    });
  return addExamples(command, "campanile copyranges --job job.json < part.tsv > results.tsv");
}
