import { UserError } from "../errors.ts";
import { type Entry, entryCodec } from "../record/entry.ts";
import { escapeColumn } from "../record/escape.ts";
import { type Sided, sidedEntryCodec } from "../record/sided.ts";
import type { Stage } from "../stage.ts";
import type { Pages } from "../stream/pages.ts";
import { diff, type DiffNeeds } from "./diff.ts";

/**
 * Compares two listings whose entries a shuffle has brought together by key: `diff`, for which the
 * source's entry has to come first, and Hadoop gives the values of a key in no order.
 */
export const diffreduce: Stage<Sided<Entry>, Entry, DiffNeeds> = {
  name: "diffreduce",
  reads: sidedEntryCodec,
  writes: entryCodec,

  run: (entries, context) => diff.run(sourceFirst(entries), context),
};

/**
 * Orders the two entries of each key. Throws a UserError for a listing that has a key twice: which
 * of the two is the object there now, nobody can tell.
 */
async function* sourceFirst(entries: Pages<Sided<Entry>>): Pages<Sided<Entry>> {
  let last: Sided<Entry> | undefined;
  let isPaired = false;
  for await (const page of entries) {
    const ordered: Sided<Entry>[] = [];
    for (const entry of page) {
      if (last?.record.key !== entry.record.key) {
        if (last !== undefined) ordered.push(last);
        isPaired = false;
      } else {
        if (isPaired || last.side === entry.side) throw keyTwice(entry);
        isPaired = true;
        if (last.side === "source") {
          ordered.push(last);
        } else {
          ordered.push(entry);
          continue;
        }
      }
      last = entry;
    }
    if (ordered.length > 0) yield ordered;
  }
  if (last !== undefined) yield [last];
}

function keyTwice({ side, record }: Sided<Entry>): UserError {
  return new UserError(
    "usage",
    `cannot compare the lists: that of the ${side} has a key twice, "${escapeColumn(record.key)}"`,
    {
      hint: "lines of a part file that overlap list a key twice: campanile partition --check tells",
    },
  );
}
