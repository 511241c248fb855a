import type { Codec } from "./codec.ts";
import { type Entry, entryCodec } from "./entry.ts";

export type Side = "source" | "target";

/** A record of one of two listings that are read as one. */
export interface Sided<T> {
  readonly side: Side;
  readonly record: T;
}

/** An entry's line whose attributes say `side=source` or `side=target`. */
export const sidedEntryCodec: Codec<Sided<Entry>> = {
  decode(line) {
    const entry = entryCodec.decode(line);
    const { side, ...attributes } = entry.attributes ?? {};
    if (side !== "source" && side !== "target") {
      throw new SyntaxError(
        "it does not say of which listing it is, as side=source or side=target",
      );
    }
    return { side, record: { ...entry, attributes } };
  },
  encode({ side, record }) {
    return entryCodec.encode({ ...record, attributes: { ...record.attributes, side } });
  },
};
