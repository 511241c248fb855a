import { Command } from "commander";
import { addExamples } from "../examples.ts";
import type { Io } from "../io.ts";
import { quietOption } from "../options.ts";

interface Values {
  readonly all?: true;
  readonly quiet: boolean;
}

export function diffreduceCommand(io: Io): Command {
  const command = new Command("diffreduce")
    .usage("[options] < MARKED > ENTRIES")
    .summary("compare marked entries: the reducer of a comparison on Hadoop")
    .description(
      "Reads entries of two listings, as diffmap marks them and with equal keys side by side, and writes what diff writes: the entries that the target lacks or has with another ETag.",
    )
    .option(
      "--all",
      "write also what only the target has, and mark each line: change=added, changed or removed",
    )
    .addOption(quietOption())
    .action(async ({ all, quiet }: Values) => {
      const [{ runStage }, { diffreduce }] = await Promise.all([
        import("../run-stage.ts"),
        import("../../stages/diffreduce.ts"),
      ]);
      await runStage(io, {
        stage: diffreduce,
        concurrency: 1,
        quiet,
        doing: "compare the lists",
        onlyReads: true,
        prepare: () => Promise.resolve({ all }),
      });
    });
  return addExamples(command, "campanile diffreduce --all < marked.tsv");
}
