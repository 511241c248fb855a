import { Command } from "commander";
import type { OnUnknownParts } from "../../stages/multipartlist.ts";
import { addExamples } from "../examples.ts";
import { maxFailuresOption } from "../hadoop-options.ts";
import { type Io, say } from "../io.ts";
import { completeOptions, copyOptionsOf, type CopyValues } from "../copy-options.ts";
import {
  concurrencyOption,
  onUnknownPartsOption,
  quietOption,
  sideOptions,
  type SideValues,
  sideValues,
} from "../options.ts";

interface Values extends SideValues, CopyValues {
  readonly dryRun?: true;
  readonly onUnknownParts: OnUnknownParts;
  readonly maxFailures?: number;
  readonly concurrency: number;
  readonly quiet: boolean;
}

export function multipartcompleteCommand(io: Io): Command {
  const command = new Command("multipartcomplete")
    .usage("[options] < RESULTS > RESULTS")
    .description(
      "Reads results, as objectcopy writes them and in any order, and writes each again when it is final: those of an upload once it is completed. An upload of which a part is missing or failed, or whose ETag would not be the source's, is aborted instead, and its results say so.",
    );
  for (const option of [...sideOptions(""), ...completeOptions()]) command.addOption(option);
  command
    .option("--dry-run", "complete and abort nothing; say on standard error what would be done")
    .addOption(onUnknownPartsOption())
    .addOption(concurrencyOption(16))
    .addOption(maxFailuresOption())
    .addOption(quietOption())
    .action(async (values: Values) => {
      const { concurrency, quiet, dryRun, onUnknownParts } = values;
      const copy = copyOptionsOf(values);
      const [{ runStage }, { multipartcomplete }, { customerKeys }] = await Promise.all([
        import("../run-stage.ts"),
        import("../../stages/multipartcomplete.ts"),
        import("../customer-keys.ts"),
      ]);
      await runStage(io, {
        stage: multipartcomplete,
        concurrency,
        quiet,
        maxFailures: values.maxFailures,
        doing: "complete uploads",
        onlyReads: dryRun === true,
        prepare: async ({ task, connect }) => {
          const target = await connect(sideValues({ ...values }, ""));
          return {
            target,
            copy,
            keys: await customerKeys(io, copy, { target }),
            dryRun,
            onUnknownParts,
            report: (text: string) => say(io, text),
            keepUploads: task !== undefined,
          };
        },
      });
    });
  return addExamples(
    command,
    "campanile multipartcomplete --bucket copies < results.tsv > done.tsv",
  );
}
