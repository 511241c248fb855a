import { type Entry, entryCodec } from "../record/entry.ts";
import type { Side } from "../record/sided.ts";
import type { Stage } from "../stage.ts";

export interface DiffmapNeeds {
  /** Of which listing all the entries are. */
  readonly side: Side;
}

/**
 * Marks each entry with the listing it is of: what a shuffle needs to bring the same keys of two
 * listings together, for `diffreduce` to compare.
 */
export const diffmap: Stage<Entry, Entry, DiffmapNeeds> = {
  name: "diffmap",
  reads: entryCodec,
  writes: entryCodec,

  async *run(entries, { side }) {
    for await (const page of entries) {
      yield Array.from(page, (entry) => ({ ...entry, attributes: { ...entry.attributes, side } }));
    }
  },
};
