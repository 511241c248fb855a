import { Command } from "commander";
import { multipartcomplete } from "../../stages/multipartcomplete.ts";
import type { OnUnknownParts } from "../../stages/multipartlist.ts";
import { type Io, say } from "../io.ts";
import {
  concurrencyOption,
  onUnknownPartsOption,
  quietOption,
  sideOptions,
  type SideValues,
  sideValues,
} from "../options.ts";
import { runStage } from "../run-stage.ts";

interface Values extends SideValues {
  readonly dryRun?: true;
  readonly onUnknownParts: OnUnknownParts;
  readonly concurrency: number;
  readonly quiet: boolean;
}

export function multipartcompleteCommand(io: Io): Command {
  const command = new Command("multipartcomplete")
    .summary("complete the uploads whose parts are copied, and end those that cannot be")
    .description(
      "Reads results, as objectcopy writes them, in any order, and writes them again once their upload is completed. An upload of which a part is missing or failed, or whose ETag would not be the source's, is aborted instead.",
    )
    .addHelpText(
      "after",
      "\nExample:\n  campanile multipartcomplete --bucket copies < results.tsv > done.tsv",
    );
  for (const option of sideOptions("")) command.addOption(option);
  return command
    .option("--dry-run", "complete and abort nothing; say what would be done")
    .addOption(onUnknownPartsOption())
    .addOption(concurrencyOption(16))
    .addOption(quietOption())
    .action(async (values: Values) => {
      const { concurrency, quiet, dryRun, onUnknownParts } = values;
      await runStage(io, {
        stage: multipartcomplete,
        concurrency,
        quiet,
        doing: "complete uploads",
        onlyReads: dryRun === true,
        prepare: async ({ connect }) => ({
          target: await connect(sideValues({ ...values }, "")),
          dryRun,
          onUnknownParts,
          report: (text: string) => say(io, text),
        }),
      });
    });
}
