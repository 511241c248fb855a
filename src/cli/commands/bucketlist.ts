import { Command } from "commander";
import { addExamples } from "../examples.ts";
import type { Io } from "../io.ts";
import {
  concurrencyOption,
  quietOption,
  sideOptions,
  type SideValues,
  sideValues,
} from "../options.ts";

/** Each line is a listing of its own: so many pages of 1000 keys are asked for at a time. */
const defaultConcurrency = 8;

export function bucketlistCommand(io: Io): Command {
  const command = new Command("bucketlist")
    .usage("[options] < PARTFILE > ENTRIES")
    .summary("list the objects of a bucket")
    .description(
      `Lists objects, one a line: key, ETag, size in bytes, time of change (UTC). The lines on standard input say which, and are listed side by side:

  ,            all of the bucket
  ,photos/     all whose keys begin with photos/
  /,photos/    those of them that have no further slash in their keys
  # words      none: a comment`,
    );
  for (const option of sideOptions("")) command.addOption(option);
  command
    .addOption(concurrencyOption(defaultConcurrency))
    .addOption(quietOption())
    .action(async (values: SideValues & { concurrency: number; quiet: boolean }) => {
      const { concurrency, quiet } = values;
      const [{ runStage }, { bucketlist }] = await Promise.all([
        import("../run-stage.ts"),
        import("../../stages/bucketlist.ts"),
      ]);
      await runStage(io, {
        stage: bucketlist,
        concurrency,
        quiet,
        comments: true,
        doing: "list objects",
        onlyReads: true,
        needsLines: `for all of the bucket, echo , | campanile bucketlist --bucket ${values.bucket}`,
        prepare: async ({ connect }) => ({ bucket: await connect(sideValues({ ...values }, "")) }),
      });
    });
  return addExamples(
    command,
    "echo , | campanile bucketlist --bucket photos > photos.tsv",
    "printf ',%s\\n' 0 1 2 3 | campanile bucketlist --bucket photos > some.tsv",
  );
}
