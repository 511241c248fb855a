import { tmpdir } from "node:os";
import { Counters } from "../counters.ts";
import { UserError } from "../errors.ts";
import { lazyEntryCodec } from "../listing/entry-line-page.ts";
import { type Entry, entryCodec } from "../record/entry.ts";
import { escapeColumn } from "../record/escape.ts";
import { diff } from "../stages/diff.ts";
import { OutputClosed, writeRecords } from "../stream/lines.ts";
import { merge, OutOfOrderError } from "../stream/merge.ts";
import { type Pages, tap } from "../stream/pages.ts";
import { readLists } from "../stream/read-lists.ts";
import { sortByKey } from "../stream/sort.ts";
import { endInputOnInterrupt, type Io, say } from "./io.ts";

/** The options of `diff`. */
export interface CompareValues {
  readonly all?: true;
  readonly sort?: true;
  readonly quiet: boolean;
}

/**
 * Compares two lists and writes the difference. Throws a UserError of exit status 6 and without a
 * message when there is one: that it differs is the answer to the question, and not a failure.
 */
export async function compareLists(
  io: Io,
  source: string,
  target: string,
  values: CompareValues,
): Promise<void> {
  if (source === "-" && target === "-") {
    throw new UserError("usage", "cannot read both lists from standard input", {
      hint: "write one of them to a file, as in: campanile diff - copies.tsv < photos.tsv",
    });
  }
  const signal = io.interrupted;
  endInputOnInterrupt(io);
  const counters = new Counters();
  const list = (name: string): Pages<Entry> => {
    const entries = tap(readLists(io, name, lazyEntryCodec), () => signal.throwIfAborted());
    const directory = io.env["TMPDIR"] ?? tmpdir();
    return values.sort ? sortByKey(entries, entryCodec, { directory }) : entries;
  };
  const context = { counters, concurrency: 1, signal, all: values.all };
  try {
    const onSame = (count: number): void => counters.add(diff.name, "same", count);
    const both = merge(list(source), list(target), { onSame });
    await writeRecords(io.stdout, diff.run(both, context), entryCodec);
  } catch (error) {
    if (error instanceof OutputClosed) return;
    if (signal.aborted) throw new UserError("interrupted", "interrupted");
    if (!(error instanceof OutOfOrderError)) throw error;
    const name = error.side === "source" ? source : target;
    const at = `at "${escapeColumn(error.key)}"`;
    if (values.sort) {
      throw new UserError(
        "usage",
        `cannot compare the lists: ${JSON.stringify(name)} has a key twice, ${at}`,
        {
          hint: `lines of a part file that overlap list a key twice; to drop what is equal: sort -u ${name}`,
        },
      );
    }
    throw new UserError(
      "usage",
      `cannot compare the lists: ${JSON.stringify(name)} is not in the order of keys, or has a key twice, ${at}`,
      { hint: `let it be sorted: campanile diff --sort ${source} ${target}` },
    );
  }
  const count = (name: string): number => counters.get("diff", name);
  const numbers = ["added", "changed", "removed", "same"].map((name) => `${count(name)} ${name}`);
  if (!values.quiet) say(io, `campanile diff: ${numbers.join(", ")}`);
  const changes = count("added") + count("changed") + (values.all ? count("removed") : 0);
  if (changes > 0) throw new UserError("different", "");
}
