import { Command } from "commander";
import type { OnUnknownParts } from "../../stages/multipartlist.ts";
import type { ChangeKind } from "../../record/change-kind.ts";
import { addExamples } from "../examples.ts";
import { changesOption, maxFailuresOption } from "../hadoop-options.ts";
import { addFilterOptions, entryFilter, type FilterValues } from "../filter-options.ts";
import type { Io } from "../io.ts";
import { copyOptions, copyOptionsOf, type CopyValues } from "../copy-options.ts";
import { concurrencyOption, onUnknownPartsOption, quietOption, sideOptions } from "../options.ts";

interface Values extends CopyValues, FilterValues {
  readonly dryRun?: true;
  readonly exactParts?: true;
  readonly reuseUploads?: true;
  readonly onUnknownParts: OnUnknownParts;
  readonly changes?: readonly ChangeKind[];
  readonly handedOver?: true;
  readonly maxFailures?: number;
  readonly concurrency: number;
  readonly quiet: boolean;
}

export function multipartlistCommand(io: Io): Command {
  const command = new Command("multipartlist")
    .usage("[options] < ENTRIES > TASKS")
    .description(
      "Reads entries, as bucketlist and diff write them, and writes the tasks of a copy: one for an object, or one for each part of an object that was uploaded in parts. Such an object keeps its parts and so its ETag: it is asked how it was cut, and an upload is begun for it, which multipartcomplete will complete.",
    );
  for (const option of [...sideOptions("src"), ...sideOptions("dst"), ...copyOptions()]) {
    command.addOption(option);
  }
  command
    .option(
      "--dry-run",
      "begin no uploads: the tasks are to be looked at only, with upload ids made up",
    )
    .addOption(onUnknownPartsOption())
    .option(
      "--exact-parts",
      "ask for the size of every part, one request each; without it the first and the last tell, and the ETag proves it in the end",
    )
    .option(
      "--reuse-uploads",
      "go on with an unfinished upload of the same key, if there is one, in place of a new one; a Hadoop task that is tried again always does",
    );
  const patterns = addFilterOptions(
    command,
    "Which objects:",
    io,
    "the whole key counts, or the part behind --strip-prefix (--filter sees the whole key)",
  );
  command
    .addOption(concurrencyOption(64))
    .addOption(changesOption())
    .option("--handed-over", "read what copyranges writes: plan what it has left to others")
    .addOption(maxFailuresOption())
    .addOption(quietOption())
    .action(async (values: Values) => {
      const { concurrency, quiet, dryRun, onUnknownParts, exactParts } = values;
      const { changes, handedOver } = values;
      const copy = copyOptionsOf(values);
      const [{ runStage }, { multipartlist }, { connectCopy }, only, { filterOf }] =
        await Promise.all([
          import("../run-stage.ts"),
          import("../../stages/multipartlist.ts"),
          import("../connect-copy.ts"),
          import("../../stages/only-changes.ts"),
          import("../../listing/entry-filter.ts"),
        ]);
      const isWanted = filterOf(entryFilter(values, patterns), copy.stripPrefix);
      const planned = isWanted ? only.onlyWanted(multipartlist, isWanted) : multipartlist;
      const stage = handedOver ? only.onlyHandedOver(planned) : planned;
      await runStage(io, {
        stage: changes === undefined ? stage : only.onlyChanges(stage, changes),
        concurrency,
        quiet,
        maxFailures: values.maxFailures,
        doing: "plan the copy",
        onlyReads: dryRun === true,
        prepare: async ({ task, connect }) => ({
          // A dry run writes nothing at the target, which need not be there yet.
          ...(await connectCopy(io, connect, { values, copy, check: dryRun !== true })),
          dryRun,
          onUnknownParts,
          exactParts,
          reuseUploads: values.reuseUploads === true || task?.isRetry === true,
          keepUploads: task !== undefined,
        }),
      });
    });
  return addExamples(
    command,
    "campanile multipartlist --src-bucket photos --dst-bucket copies \\\n--dry-run < photos.tsv",
    "campanile multipartlist --src-bucket photos --dst-bucket copies \\\n< photos.tsv > tasks.tsv",
  );
}
