import { Command, Option } from "commander";
import { compareModes } from "../../compare/compare-mode.ts";
import { addExamples } from "../examples.ts";
import { addHadoopOptions, type HadoopValues } from "../hadoop-options.ts";
import type { Io } from "../io.ts";
import { listConcurrencyOption } from "../list-options.ts";
import { quietOption, RequiredOption, sideOptions } from "../options.ts";
import type { DiffValues } from "../print-diff.ts";

export function diffCommand(io: Io): Command {
  const command = new Command("diff")
    .description(
      `Compares SOURCE with TARGET, key by key, and writes what differs: the entries of SOURCE that TARGET lacks (change=added) or has another object for (change=changed), and those that only TARGET has (change=removed). Each side is one of

  s3://BUCKET[/FOLDER]  a bucket, or what begins with FOLDER/ in it, listed
                        now; of two addresses the parts of keys behind
                        FOLDER/ are compared, as sync does
  FILE or DIRECTORY     a list, as ls writes it, or files of it, one after the
                        other; what ends in .gz is unpacked; - is standard input
  inventory:MANIFEST    a report of S3 Inventory in CSV or Parquet: its
                        manifest.json, a file or s3://BUCKET/KEY

The exit status is 0 when there is no difference, and 6 when there is.`,
    )
    .argument("<source>", "what is to be there")
    .argument("<target>", "what is there")
    .addOption(compareOption())
    .option(
      "--to-copy",
      "write only what is to be copied, and unmarked: the entries that are added or changed",
    )
    .addOption(
      new Option(
        "--summary",
        "write not the entries, but how many are the same, added, changed and removed, and their bytes",
      ).conflicts("toCopy"),
    )
    .option("--json", "write JSON: an object for each entry, or for the summary")
    .addOption(sortOption())
    .addOption(listConcurrencyOption())
    .addOption(quietOption());
  addSideOptions(command);
  addHadoopOptions(command, [
    new Option("--run <directory>", "where lists and difference are to lie on the cluster"),
    new Option("--dry-run", "write the command lines, and run none"),
  ]);
  command.action(async (source: string, target: string, values: DiffValues & HadoopValues) => {
    if (values.engine === "hadoop") {
      const [{ runOnHadoop }, { s3Address }] = await Promise.all([
        import("../run-on-hadoop.ts"),
        import("../s3-address.ts"),
      ]);
      return runOnHadoop(io, {
        command: "diff",
        source: s3Address(source),
        target: s3Address(target),
        values: { ...values, onUnknownParts: "copy" },
        patterns: [],
      });
    }
    const { printDiff } = await import("../print-diff.ts");
    return printDiff(io, { source, target }, values);
  });
  return addExamples(
    command,
    "campanile diff s3://photos s3://copies --summary",
    "campanile diff photos.tsv s3://photos > changes.tsv",
    "campanile diff --sort --to-copy photos.tsv copies.tsv |\ncampanile multipartlist --src-bucket photos --dst-bucket copies --dry-run",
  );
}

/** By what objects of one key are compared. */
export function compareOption(): Option {
  return new Option(
    "--compare <how>",
    "when two objects are the same: etag, of one ETag and size; size; size+mtime, of one size, and TARGET's not older; checksum, of one checksum that S3 keeps (2 HEADs a pair); auto, by ETag and size, and where ETags cannot tell (other parts, KMS) by checksum, or else by time, which by=mtime tells",
  )
    .choices(compareModes)
    .default("auto");
}

/** Whether lists are to be sorted first. */
export function sortOption(): Option {
  return new Option(
    "--sort",
    "sort lists first, in TMPDIR where they are large; without it they must be in the order in which S3 lists",
  );
}

/** Adds the options of the connections to both sides, which the arguments name. */
export function addSideOptions(command: Command): void {
  for (const side of ["src", "dst"] as const) {
    for (const option of sideOptions(side)) {
      if (option instanceof RequiredOption) continue;
      // Nothing is written to TARGET.
      const isOfSide = option.long?.startsWith(`--${side}-`) === true;
      const heading = `How to reach ${side === "src" ? "SOURCE" : "TARGET"}:`;
      command.addOption(isOfSide ? option.helpGroup(heading) : option);
    }
  }
}
