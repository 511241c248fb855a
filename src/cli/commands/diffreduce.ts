import { Command, Option } from "commander";
import { type CompareMode, compareModes } from "../../compare/compare-mode.ts";
import { UserError } from "../../errors.ts";
import { addExamples } from "../examples.ts";
import type { Io } from "../io.ts";
import { concurrencyOption, quietOption, sideOptions, sideValues } from "../options.ts";

interface Values {
  readonly toCopy?: true;
  readonly compare: CompareMode;
  readonly srcBucket?: string;
  readonly dstBucket?: string;
  readonly concurrency: number;
  readonly quiet: boolean;
}

export function diffreduceCommand(io: Io): Command {
  const command = new Command("diffreduce")
    .usage("[options] < MARKED > ENTRIES")
    .description(
      "Reads entries of two listings, as diffmap marks them and with equal keys side by side, and writes what diff writes of them.",
    )
    .addOption(
      new Option(
        "--compare <how>",
        "as diff has it; auto and checksum ask S3, and need the buckets",
      )
        .choices(compareModes)
        .default("etag"),
    )
    .option("--to-copy", "write only what is to be copied, and unmarked");
  for (const option of [...sideOptions("src"), ...sideOptions("dst")]) {
    const { flags, description, argChoices } = option;
    // None is required: listings alone may tell.
    const own = new Option(flags, description.replace("; required", "")).helpGroup("The buckets:");
    command.addOption(argChoices === undefined ? own : own.choices(argChoices));
  }
  command
    .addOption(concurrencyOption(64))
    .addOption(quietOption())
    .action(async (values: Values) => {
      const { toCopy, compare, concurrency, quiet } = values;
      const asks = compare === "auto" || compare === "checksum";
      if (asks && (values.srcBucket === undefined || values.dstBucket === undefined)) {
        throw new UserError(
          "usage",
          `cannot compare by ${compare}: nothing says of which buckets`,
          {
            hint: "give --src-bucket and --dst-bucket; or compare by --compare etag, which asks nothing",
          },
        );
      }
      const [{ runStage }, { diffreduce }, { askObjects }] = await Promise.all([
        import("../run-stage.ts"),
        import("../../stages/diffreduce.ts"),
        import("../../compare/ask-objects.ts"),
      ]);
      await runStage(io, {
        stage: diffreduce,
        concurrency,
        quiet,
        doing: "compare the lists",
        onlyReads: true,
        prepare: async ({ connect }) => {
          const needs = { all: toCopy !== true, compare };
          if (!asks) return needs;
          const source = await connect(sideValues({ ...values }, "src"));
          const target = await connect(sideValues({ ...values }, "dst"));
          const signal = io.interrupted;
          return { ...needs, ask: (a, b) => askObjects(a, b, { source, target }, { signal }) };
        },
      });
    });
  return addExamples(command, "campanile diffreduce --to-copy < marked.tsv");
}
