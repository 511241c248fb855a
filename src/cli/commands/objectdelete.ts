import { Command, Option } from "commander";
import type { ChangeKind } from "../../record/change-kind.ts";
import { addExamples } from "../examples.ts";
import { changesOption, maxFailuresOption } from "../hadoop-options.ts";
import type { Io } from "../io.ts";
import { positiveInteger, quietOption, sideOptions, sideValues } from "../options.ts";

interface Values {
  readonly dryRun?: true;
  readonly changes?: readonly ChangeKind[];
  readonly maxFailures?: number;
  readonly concurrency: number;
  readonly quiet: boolean;
}

export function objectdeleteCommand(io: Io): Command {
  const command = new Command("objectdelete")
    .usage("[options] < ENTRIES > RESULTS")
    .description(
      "Reads entries, as diff and bucketlist write them, deletes what they name, and writes a result for each. Of a diff only what is removed is deleted. An object that has become another one since it was listed is left; but not on servers that do not know this condition, as Ceph radosgw. In a bucket with versions a deleted object stays behind a marker; an entry of ls --versions names a version, which is deleted for good.",
    );
  for (const option of sideOptions("")) command.addOption(option);
  command
    .option("--dry-run", "delete nothing: write the entries that would be deleted")
    .addOption(
      new Option("--concurrency <number>", "how many requests to have under way at a time")
        .argParser(positiveInteger)
        // S3 counts each of their thousand deletions as a request, and takes 3,500 a second.
        .default(4),
    )
    .addOption(changesOption())
    .addOption(maxFailuresOption())
    .addOption(quietOption())
    .action(async (values: Values) => {
      const { dryRun, concurrency, quiet, changes, maxFailures } = values;
      const [{ runStage }, { deletable, objectdelete }, { onlyChanges }] = await Promise.all([
        import("../run-stage.ts"),
        import("../../stages/objectdelete.ts"),
        import("../../stages/only-changes.ts"),
      ]);
      const run = {
        concurrency,
        quiet,
        maxFailures,
        doing: "delete objects",
        needsLines:
          "to delete what only b has, campanile diff a.tsv b.tsv | campanile objectdelete --bucket b",
      };
      if (dryRun === true) {
        const prepare = () => Promise.resolve({});
        return runStage(io, { ...run, stage: deletable, onlyReads: true, prepare });
      }
      return runStage(io, {
        ...run,
        stage: changes === undefined ? objectdelete : onlyChanges(objectdelete, changes),
        onlyReads: false,
        prepare: async ({ connect }) => ({
          target: await connect(sideValues({ ...values }, "")),
        }),
      });
    });
  return addExamples(
    command,
    "campanile diff photos.tsv copies.tsv |\ncampanile objectdelete --bucket copies --dry-run",
    "campanile ls s3://copies/tmp/ |\ncampanile objectdelete --bucket copies > deleted.tsv",
  );
}
