import type { Entry } from "../record/entry.ts";
import type { Sided } from "../record/sided.ts";
import type { Pages } from "../stream/pages.ts";

/** What there is of a key: one of them at least. */
export interface BothSides {
  readonly source?: Entry | undefined;
  readonly target?: Entry | undefined;
}

/** Pairs the entries of two listings that are read as one: those of a key are neighbours, the source's first. */
export async function* bothSides(entries: Pages<Sided<Entry>>): Pages<BothSides> {
  let source: Entry | undefined;
  for await (const page of entries) {
    const keys: BothSides[] = [];
    for (const { side, record } of page) {
      const isPair = side === "target" && source?.key === record.key;
      if (source !== undefined && !isPair) keys.push({ source });
      if (side === "target") keys.push({ source: isPair ? source : undefined, target: record });
      source = side === "source" ? record : undefined;
    }
    if (keys.length > 0) yield keys;
  }
  if (source !== undefined) yield [{ source }];
}
