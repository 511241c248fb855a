import { Command } from "commander";
import { bucketlist } from "../../stages/bucketlist.ts";
import type { Io } from "../io.ts";
import {
  concurrencyOption,
  quietOption,
  sideOptions,
  type SideValues,
  sideValues,
} from "../options.ts";
import { runStage } from "../run-stage.ts";

export function bucketlistCommand(io: Io): Command {
  const command = new Command("bucketlist")
    .summary("list a bucket by the lines of a part file")
    .description(
      "Lists the objects that the lines on standard input stand for, one a line: key, etag, size, mtime. A line is DELIMITER,PREFIX: `,photos/` is all keys that begin with photos/, `/,photos/` those of them without another slash. Lines that are empty or begin with # are passed over.",
    )
    .addHelpText(
      "after",
      "\nExample:\n  echo ',' | campanile bucketlist --bucket photos > photos.tsv",
    );
  for (const option of sideOptions("")) command.addOption(option);
  return command
    .addOption(concurrencyOption(8))
    .addOption(quietOption())
    .action(async (values: SideValues & { concurrency: number; quiet: boolean }) => {
      const { concurrency, quiet } = values;
      await runStage(io, {
        stage: bucketlist,
        concurrency,
        quiet,
        comments: true,
        doing: "list objects",
        onlyReads: true,
        prepare: async ({ connect }) => ({ bucket: await connect(sideValues({ ...values }, "")) }),
      });
    });
}
