import { Command } from "commander";
import { multipartlist, type OnUnknownParts } from "../../stages/multipartlist.ts";
import type { Io } from "../io.ts";
import {
  changeHeaders,
  type ChangeValues,
  changeOptions,
  concurrencyOption,
  onUnknownPartsOption,
  quietOption,
  sideOptions,
  sideValues,
} from "../options.ts";
import { runStage } from "../run-stage.ts";

interface Values extends ChangeValues {
  readonly dryRun?: true;
  readonly exactParts?: true;
  readonly reuseUploads?: true;
  readonly onUnknownParts: OnUnknownParts;
  readonly concurrency: number;
  readonly quiet: boolean;
}

export function multipartlistCommand(io: Io): Command {
  const command = new Command("multipartlist")
    .summary("make the tasks of a copy, one an object or part, and begin the uploads they need")
    .description(
      "Reads entries, as bucketlist writes them, and writes tasks: one an object, or one a part of an object that was uploaded in parts. For such an object it asks the source how it was cut (HEAD), and begins the upload.",
    )
    .addHelpText(
      "after",
      "\nExample:\n  campanile multipartlist --src-bucket photos --dst-bucket copies --dry-run < photos.tsv",
    );
  for (const option of [...sideOptions("src"), ...sideOptions("dst")]) command.addOption(option);
  command
    .option("--dry-run", "begin no upload; tasks get ids that no upload has")
    .addOption(onUnknownPartsOption())
    .option(
      "--exact-parts",
      "ask for the size of every part, where the first and the last would do",
    )
    .option(
      "--reuse-uploads",
      "use an unfinished upload of the key if there is one; a retried Hadoop task always does",
    );
  for (const option of changeOptions()) command.addOption(option);
  return command
    .addOption(concurrencyOption(64))
    .addOption(quietOption())
    .action(async (values: Values) => {
      const { concurrency, quiet, dryRun, onUnknownParts, exactParts } = values;
      await runStage(io, {
        stage: multipartlist,
        concurrency,
        quiet,
        doing: "plan the copy",
        onlyReads: dryRun === true,
        prepare: async ({ task, connect }) => ({
          source: await connect(sideValues({ ...values }, "src")),
          // A dry run asks nothing of the target, which need not be there yet.
          target: await connect(sideValues({ ...values }, "dst"), dryRun && { check: false }),
          dryRun,
          onUnknownParts,
          exactParts,
          reuseUploads: values.reuseUploads === true || task?.isRetry === true,
          changes: changeHeaders(values),
        }),
      });
    });
}
