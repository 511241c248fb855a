import { Command } from "commander";
import { objectcopy } from "../../stages/objectcopy.ts";
import { readCampanileConfig } from "../campanile-config.ts";
import { type Io, say } from "../io.ts";
import {
  changeHeaders,
  type ChangeValues,
  changeOptions,
  concurrencyOption,
  quietOption,
  sideOptions,
  sideValues,
} from "../options.ts";
import { runStage } from "../run-stage.ts";

interface Values extends ChangeValues {
  readonly config?: string;
  readonly concurrency: number;
  readonly quiet: boolean;
}

export function objectcopyCommand(io: Io): Command {
  const command = new Command("objectcopy")
    .summary("copy objects and parts, by reading from one side and writing to the other")
    .description(
      "Reads tasks, as multipartlist writes them, and writes results, one a task. The bytes flow through this process, never to disk; each object is read as it was listed, or not at all.",
    )
    .addHelpText(
      "after",
      "\nExample:\n  campanile objectcopy --src-bucket photos --dst-bucket copies < tasks.tsv > results.tsv",
    );
  for (const option of [...sideOptions("src"), ...sideOptions("dst")]) command.addOption(option);
  for (const option of changeOptions()) command.addOption(option);
  return command
    .option(
      "-c, --config <file>",
      "a campanile.cfg of the original; of its settings only maxtmpsize means something here",
    )
    .addOption(concurrencyOption(32))
    .addOption(quietOption())
    .action(async (values: Values) => {
      const { concurrency, quiet } = values;
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
        doing: "copy objects",
        onlyReads: false,
        prepare: async ({ connect }) => ({
          source: await connect(sideValues({ ...values }, "src")),
          target: await connect(sideValues({ ...values }, "dst")),
          changes: changeHeaders(values),
          maxHeldBytes: Math.min(config.maxTmpSize, 2 ** 18),
        }),
      });
    });
}
