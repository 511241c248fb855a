import { Command } from "commander";
import { addExamples } from "../examples.ts";
import { maxFailuresOption } from "../hadoop-options.ts";
import { type Io, say } from "../io.ts";
import { copyOptions, copyOptionsOf, type CopyValues } from "../copy-options.ts";
import { concurrencyOption, quietOption, sideOptions } from "../options.ts";

interface Values extends CopyValues {
  readonly config?: string;
  readonly maxFailures?: number;
  readonly concurrency: number;
  readonly quiet: boolean;
}

export function objectcopyCommand(io: Io): Command {
  const command = new Command("objectcopy")
    .usage("[options] < TASKS > RESULTS")
    .description(
      "Reads tasks, as multipartlist writes them, copies what they name, and writes a result for each. S3 copies by itself where it can; otherwise the bytes flow through this process, and never to disk. An object that is not the one that was listed any more is not copied. Copies of parts become an object by multipartcomplete.",
    );
  for (const option of [...sideOptions("src"), ...sideOptions("dst")]) command.addOption(option);
  for (const option of copyOptions()) command.addOption(option);
  command
    .option(
      "-c, --config <file>",
      "a campanile.cfg, as the first Campanile had it: maxtmpsize is the largest body that is held in memory, in bytes, and 256 KiB at most (default: ./campanile.cfg, /etc/campanile.cfg)",
    )
    .addOption(concurrencyOption(32))
    .addOption(maxFailuresOption())
    .addOption(quietOption())
    .action(async (values: Values) => {
      const { concurrency, quiet } = values;
      const copy = copyOptionsOf(values);
      const [{ runStage }, { objectcopy }, { connectCopy }, { readCampanileConfig }] =
        await Promise.all([
          import("../run-stage.ts"),
          import("../../stages/objectcopy.ts"),
          import("../connect-copy.ts"),
          import("../campanile-config.ts"),
        ]);
      const config = await readCampanileConfig({
        config: values.config,
        home: io.home,
        cwd: io.cwd,
      });
      if (!quiet) for (const text of config.ignored) say(io, `campanile: note: ${text}`);
      await runStage(io, {
        stage: objectcopy,
        concurrency,
        quiet,
        maxFailures: values.maxFailures,
        doing: "copy objects",
        onlyReads: false,
        prepare: async ({ task, connect }) => ({
          ...(await connectCopy(io, connect, { values, copy })),
          maxHeldBytes: config.maxTmpSize,
          keepUploads: task !== undefined,
        }),
      });
    });
  return addExamples(
    command,
    "campanile objectcopy --src-bucket photos --dst-bucket copies \\\n< tasks.tsv > results.tsv",
  );
}
