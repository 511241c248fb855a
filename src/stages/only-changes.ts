import type { Attributes } from "../record/attributes.ts";
import type { ChangeKind } from "../record/change-kind.ts";
import type { Entry } from "../record/entry.ts";
import { handedOverCodec } from "../record/handed-over.ts";
import type { Stage } from "../stage.ts";
import type { Pages } from "../stream/pages.ts";

/**
 * A stage that works on some kinds of changes only, and passes over all other records: so that of
 * one diff one step copies and another deletes. A record that is no change is passed over too.
 */
export function onlyChanges<
  In extends { readonly attributes?: Attributes | undefined },
  Out,
  Needs extends object,
>(stage: Stage<In, Out, Needs>, kinds: readonly ChangeKind[]): Stage<In, Out, Needs> {
  const chosen = new Set(kinds);
  return onlyWanted(
    stage,
    ({ attributes }) => attributes?.change !== undefined && chosen.has(attributes.change),
  );
}

/** A stage that works on records that a test is true for, and passes over all others. */
export function onlyWanted<In, Out, Needs extends object>(
  stage: Stage<In, Out, Needs>,
  isWanted: (record: In) => boolean,
): Stage<In, Out, Needs> {
  return { ...stage, run: (records, context) => stage.run(wanted(records, isWanted), context) };
}

/**
 * A stage that works on what `copyranges` has left to others, and passes over the results that its
 * output has besides.
 */
export function onlyHandedOver<Out, Needs extends object>(
  stage: Stage<Entry, Out, Needs>,
): Stage<Entry, Out, Needs> {
  return onlyChanges({ ...stage, reads: handedOverCodec }, ["added", "changed"]);
}

async function* wanted<In>(records: Pages<In>, isWanted: (record: In) => boolean): Pages<In> {
  for await (const page of records) {
    const chosen = [...page].filter(isWanted);
    if (chosen.length > 0) yield chosen;
  }
}
