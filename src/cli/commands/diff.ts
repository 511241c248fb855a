import { Command } from "commander";
import type { CompareValues } from "../compare-lists.ts";
import { addExamples } from "../examples.ts";
import type { Io } from "../io.ts";
import { quietOption } from "../options.ts";

export function diffCommand(io: Io): Command {
  const command = new Command("diff")
    .summary("compare two lists: what is to be copied")
    .description(
      `Compares two lists, as bucketlist writes them, and writes the entries of SOURCE that TARGET lacks or has with another ETag: what is to be copied. A list is a file, a directory of files (part-00000 and so on, one after the other), or - for standard input; a file whose name ends in .gz is unpacked.

The exit status is 0 when nothing is to be copied, and 6 when something is.`,
    )
    .argument("<source>", "the list of what is to be there")
    .argument("<target>", "the list of what is there")
    .option(
      "--all",
      "write also what only TARGET has, and mark each line: change=added, changed or removed",
    )
    .option(
      "--sort",
      "sort the lists first, in TMPDIR where they are large; without it both must be in the order in which S3 lists",
    )
    .addOption(quietOption())
    .action(async (source: string, target: string, values: CompareValues) => {
      const { compareLists } = await import("../compare-lists.ts");
      await compareLists(io, source, target, values);
    });
  return addExamples(
    command,
    "campanile diff photos.tsv copies.tsv > missing.tsv",
    "campanile diff --sort photos.tsv copies.tsv | campanile multipartlist \\\n--src-bucket photos --dst-bucket copies --dry-run",
  );
}
