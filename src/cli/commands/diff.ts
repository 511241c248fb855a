import { tmpdir } from "node:os";
import { Command } from "commander";
import { Counters } from "../../counters.ts";
import { UserError } from "../../errors.ts";
import { type Entry, entryCodec } from "../../record/entry.ts";
import { escapeColumn } from "../../record/escape.ts";
import { diff } from "../../stages/diff.ts";
import { OutputClosed, writeRecords } from "../../stream/lines.ts";
import { merge, OutOfOrderError } from "../../stream/merge.ts";
import type { Pages } from "../../stream/pages.ts";
import { sortByKey } from "../../stream/sort.ts";
import { type Io, say } from "../io.ts";
import { quietOption } from "../options.ts";
import { readLists } from "../read-lists.ts";

interface Values {
  readonly all?: true;
  readonly sort?: true;
  readonly quiet: boolean;
}

export function diffCommand(io: Io): Command {
  return new Command("diff")
    .summary("compare two lists: what of the source the target lacks, or has otherwise")
    .description(
      "Compares two lists, as bucketlist writes them, and writes the entries of the source that the target lacks or has with another ETag. A list is a file, a directory of them (part-00000 …), or - for standard input; a name that ends in .gz is unpacked. The exit status is 6 when something differs.",
    )
    .argument("<source>", "the list of what is to be there")
    .argument("<target>", "the list of what is there")
    .option(
      "--all",
      "write also what only the target has, and of each entry change=added, changed or removed",
    )
    .option(
      "--sort",
      "sort the lists first, on disk where they are large; else they must be in the order of keys",
    )
    .addOption(quietOption())
    .addHelpText(
      "after",
      "\nExample:\n  campanile diff --sort photos.tsv copies.tsv | campanile multipartlist --src-bucket photos --dst-bucket copies",
    )
    .action((source: string, target: string, values: Values) =>
      compare(io, source, target, values),
    );
}

async function compare(io: Io, source: string, target: string, values: Values): Promise<void> {
  if (source === "-" && target === "-") {
    throw new UserError("usage", "cannot read both lists from standard input");
  }
  const counters = new Counters();
  const list = (name: string): Pages<Entry> => {
    const entries = readLists(io, name, entryCodec);
    const directory = io.env["TMPDIR"] ?? tmpdir();
    return values.sort ? sortByKey(entries, entryCodec, { directory }) : entries;
  };
  const signal = io.interrupted;
  const context = { counters, concurrency: 1, signal, all: values.all };
  try {
    await writeRecords(io.stdout, diff.run(merge(list(source), list(target)), context), entryCodec);
  } catch (error) {
    if (error instanceof OutputClosed) return;
    if (signal.aborted) throw new UserError("interrupted", "interrupted");
    if (!(error instanceof OutOfOrderError)) throw error;
    const name = error.side === "source" ? source : target;
    throw new UserError(
      "usage",
      `cannot compare the lists: ${JSON.stringify(name)} is not in the order of keys, or has a key twice, at "${escapeColumn(error.key)}"`,
      { hint: "let it be sorted: campanile diff --sort" },
    );
  }
  const count = (name: string): number => counters.get("diff", name);
  const numbers = ["added", "changed", "removed", "same"].map((name) => `${count(name)} ${name}`);
  if (!values.quiet) say(io, `campanile diff: ${numbers.join(", ")}`);
  const changes = count("added") + count("changed") + (values.all ? count("removed") : 0);
  if (changes > 0) throw new UserError("different", "");
}
