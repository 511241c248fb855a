import { Command, Option } from "commander";
import { UserError } from "../../errors.ts";
import type { Side } from "../../record/sided.ts";
import { addExamples } from "../examples.ts";
import type { Io } from "../io.ts";
import { quietOption } from "../options.ts";

interface Values {
  readonly side?: Side;
  readonly source?: string;
  readonly quiet: boolean;
}

export function diffmapCommand(io: Io): Command {
  const command = new Command("diffmap")
    .usage("[options] < ENTRIES > MARKED")
    .description(
      "Reads entries, as bucketlist writes them, and marks each with the listing it is of, by side=source or side=target in its last column. When the lines of both listings are brought together by key, by Hadoop's shuffle or by sort, diffreduce compares them.",
    )
    .addOption(
      new Option("--side <side>", "of which listing all the entries are: source or target").choices(
        ["source", "target"],
      ),
    )
    .addOption(
      new Option(
        "--source <directory>",
        "in a Hadoop task: entries of files in this directory are the source's, all others the target's",
      ).conflicts("side"),
    )
    .addOption(quietOption())
    .action(async ({ side, source, quiet }: Values) => {
      const [{ runStage }, { diffmap }, { inputIsIn }] = await Promise.all([
        import("../run-stage.ts"),
        import("../../stages/diffmap.ts"),
        import("../../engines/hadoop/streaming.ts"),
      ]);
      const isSource = source === undefined ? undefined : inputIsIn(io.env, source);
      const found = side ?? (isSource === undefined ? undefined : isSource ? "source" : "target");
      if (found === undefined) throw source === undefined ? neither() : noTask();
      await runStage(io, {
        stage: diffmap,
        concurrency: 1,
        quiet,
        doing: "mark entries",
        onlyReads: true,
        prepare: () => Promise.resolve({ side: found }),
      });
    });
  return addExamples(
    command,
    `(campanile diffmap --side source < photos.tsv;
campanile diffmap --side target < copies.tsv) |
LC_ALL=C sort -t "$(printf '\\t')" -k 1,1 | campanile diffreduce`,
  );
}

function neither(): UserError {
  return new UserError("usage", "cannot mark entries: nothing says of which listing they are", {
    hint: "give --side source or --side target; in a Hadoop task of both, --source DIRECTORY",
  });
}

function noTask(): UserError {
  const message = "cannot tell of which file the entries are: this is no task of a Hadoop job";
  return new UserError("usage", message, {
    hint: "in a pipe say --side source or --side target in place of --source",
  });
}
