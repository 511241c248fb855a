import { Command } from "commander";
import { addExamples } from "../examples.ts";
import type { Io } from "../io.ts";
import {
  asDirectory,
  type DirectoryBucketValues,
  directoryBucketOption,
  listConcurrencyOption,
  type ListRunValues,
  mostListRequests,
  strictOption,
} from "../list-options.ts";
import { quietOption, sideOptions, type SideValues, sideValues } from "../options.ts";
import { temporaryDirectory } from "../temporary-directory.ts";

export function bucketlistCommand(io: Io): Command {
  const command = new Command("bucketlist").usage("[options] < PARTFILE > ENTRIES").description(
    `Lists objects, one a line: key, ETag, size in bytes, time of change (UTC). The lines on standard input say which, and are listed side by side:

  ,               all of the bucket
  ,photos/        all whose keys begin with photos/
  /,photos/       those of them that have no further slash in their keys
  range<TAB>a<TAB>b   those behind the key a, up to b and with it; \\N is no bound
  # words         none: a comment

A line without a delimiter is listed by many requests at a time, and its objects come in the order of their keys. What a delimiter hides, and no other line lists, is told at the end.`,
  );
  for (const option of sideOptions("")) command.addOption(option);
  command.addOption(directoryBucketOption().helpGroup("The bucket:"));
  command
    .addOption(listConcurrencyOption())
    .addOption(strictOption())
    .addOption(quietOption())
    .action(async (values: SideValues & ListRunValues & DirectoryBucketValues) => {
      const { concurrency, strict, quiet } = values;
      const [{ runStage }, { bucketlist }, { Unlisted }, { sayHidden }] = await Promise.all([
        import("../run-stage.ts"),
        import("../../stages/bucketlist.ts"),
        import("../unlisted.ts"),
        import("../hidden.ts"),
      ]);
      let finish: (() => void) | undefined;
      await runStage(io, {
        stage: bucketlist,
        concurrency: concurrency ?? mostListRequests,
        quiet,
        comments: true,
        doing: "list objects",
        onlyReads: true,
        needsLines: `for all of the bucket, echo , | campanile bucketlist --bucket ${values.bucket}`,
        prepare: async ({ connect, task }) => {
          const bucket = asDirectory(await connect(sideValues({ ...values }, "")), values);
          const needs = {
            bucket,
            adaptive: concurrency === undefined,
            temporaryDirectory: temporaryDirectory(io),
          };
          // A task that has not listed all of its lines fails, so that Hadoop runs it again; and it
          // knows nothing of the lines of others.
          if (task !== undefined) return needs;
          const unlisted = new Unlisted(io, bucket);
          finish = () => unlisted.throwIfAny();
          return {
            ...needs,
            onFailed: strict ? undefined : unlisted.note.bind(unlisted),
            onHidden: quiet ? undefined : sayHidden.bind(undefined, io, bucket.name),
          };
        },
        finish: () => finish?.(),
      });
    });
  return addExamples(
    command,
    "echo , | campanile bucketlist --bucket photos > photos.tsv",
    "printf ',%s\\n' 0 1 2 3 | campanile bucketlist --bucket photos > some.tsv",
  );
}
