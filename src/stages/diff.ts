import { type Entry, entryCodec } from "../record/entry.ts";
import { type Sided, sidedEntryCodec } from "../record/sided.ts";
import type { Stage } from "../stage.ts";

export interface DiffNeeds {
  /** Also tells what only the target has, and of each change what it is. */
  readonly all?: boolean | undefined;
}

/**
 * Compares two listings that are one, so that entries of the same key are neighbours, the source's
 * first: gives the source's entries that the target lacks or has with another ETag (the original's
 * Hive query), and with `all` those only the target has.
 */
export const diff: Stage<Sided<Entry>, Entry, DiffNeeds> = {
  name: "diff",
  reads: sidedEntryCodec,
  writes: entryCodec,

  async *run(entries, { all = false, counters }) {
    const change = (entry: Entry, change: "added" | "changed" | "removed"): Entry[] => {
      counters.add("diff", change);
      if (!all) return change === "removed" ? [] : [entry];
      return [{ ...entry, attributes: { ...entry.attributes, change } }];
    };
    let waiting: Entry | undefined;
    for await (const page of entries) {
      const changes: Entry[] = [];
      for (const { side, record } of page) {
        const isPair = waiting?.key === record.key && side === "target";
        if (waiting !== undefined && !isPair) changes.push(...change(waiting, "added"));
        if (side === "source") waiting = record;
        else {
          if (!isPair) changes.push(...change(record, "removed"));
          else if (waiting!.etag !== record.etag) changes.push(...change(waiting!, "changed"));
          else counters.add("diff", "same");
          waiting = undefined;
        }
      }
      if (changes.length > 0) yield changes;
    }
    if (waiting !== undefined) yield change(waiting, "added");
  },
};
