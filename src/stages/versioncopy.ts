import { type Entry, entryCodec } from "../record/entry.ts";
import { type Result, resultCodec } from "../record/result.ts";
import { deleteObject } from "../s3/delete-objects.ts";
import type { Stage, StageContext } from "../stage.ts";
import { mapConcurrent } from "../stream/map-concurrent.ts";
import { collect, type Pages, pagesOf } from "../stream/pages.ts";
import { copyEntries, type CopyNeeds } from "./copy-chain.ts";
import { targetKeyOf } from "./copy-run.ts";
import { CopyWay } from "./copy-way.ts";
import { type Undone, undoneResult } from "./outcome.ts";
import { renamer } from "./renamer.ts";
import { Stopper } from "./stopper.ts";
import { TargetHistories } from "./target-histories.ts";

/** How many parts of one version are copied at a time: others are, of other keys. */
const maxPartsAtATime = 8;

type Context = CopyNeeds & StageContext;

/**
 * Copies all versions of objects, and the marks that they were deleted, so that the target has the
 * same history: of each key one after the other, the oldest first, and of several keys at a time. It
 * reads them as a listing of versions has them, the newest of a key first, and holds those of one key
 * in memory. A version that cannot be copied is missing in the history; those after it are not.
 *
 * Done again it goes on where the target's history ends: those that the target has already, by their
 * ETags and sizes, in the same order and with nothing newer behind them, are not written once more.
 */
export const versioncopy: Stage<Entry, Result, CopyNeeds> = {
  name: "versioncopy",
  reads: entryCodec,
  writes: resultCodec,

  async *run(entries, needs) {
    const { source, target, copy = {}, concurrency, signal } = needs;
    const stopper = new Stopper(signal);
    const way = needs.way ?? new CopyWay(copy.via ?? "auto", source, target);
    const context: Context = { ...needs, way, concurrency: Math.min(concurrency, maxPartsAtATime) };
    const copyVersion = (entry: Entry): Promise<readonly Result[]> => copyOne(entry, context);
    const histories = withKept(
      historiesOf(entries, renamer(copy)),
      new TargetHistories(target, signal),
    );
    yield* mapConcurrent(histories, { concurrency }, async ({ versions, kept }) => {
      const results = versions.slice(0, kept).map(alreadyThere);
      for (const entry of versions.slice(kept)) {
        results.push(...(await stopper.guard(entry, copyVersion, notCopied)));
      }
      return results;
    });
    stopper.throwIfStopped();
  },
};

async function copyOne(entry: Entry, context: Context): Promise<readonly Result[]> {
  const { target, signal } = context;
  const { key, etag, attributes = {} } = entry;
  const { version, outcome, code = "", marker, to } = attributes;
  if (outcome !== undefined) return notCopied(entry, { outcome, code });
  if (marker === undefined) {
    const results = await collect(copyEntries(pagesOf([entry]), context));
    return results.map((result) => ({ ...result, attributes: { version, ...result.attributes } }));
  }
  // In a bucket that keeps versions, to delete is to write a mark.
  await deleteObject(target, { key: targetKeyOf(entry) }, { signal });
  return [{ key, etag, newEtag: undefined, attributes: { version, to, marker } }];
}

function notCopied(entry: Entry, undone: Undone): readonly Result[] {
  return [undoneResult(entry, undone)];
}

/** The versions of a key, the oldest first, and how many of the first of them the target has. */
interface History {
  readonly versions: readonly Entry[];
  readonly kept: number;
}

async function* withKept(
  histories: Pages<readonly Entry[]>,
  target: TargetHistories,
): Pages<History> {
  for await (const page of histories) {
    const found: History[] = [];
    for (const newestFirst of page) {
      const versions = newestFirst.toReversed();
      const [oldest] = versions;
      const isCopied = oldest !== undefined && oldest.attributes?.outcome === undefined;
      const there = isCopied ? await target.of(targetKeyOf(oldest)) : [];
      found.push({ versions, kept: keptOf(versions, there.toReversed()) });
    }
    yield found;
  }
}

/** How many of the first versions are the last ones at the target; both the oldest first. */
function keptOf(versions: readonly Entry[], there: readonly Entry[]): number {
  for (let kept = Math.min(versions.length, there.length); kept > 0; kept--) {
    const last = there.slice(-kept);
    if (last.every((version, i) => isSameVersion(versions[i]!, version))) return kept;
  }
  return 0;
}

function isSameVersion(one: Entry, other: Entry): boolean {
  const isMarker = one.attributes?.["marker"] !== undefined;
  if (isMarker !== (other.attributes?.["marker"] !== undefined)) return false;
  return isMarker || (one.etag === other.etag && one.size === other.size);
}

function alreadyThere({ key, etag, attributes = {} }: Entry): Result {
  const { version, to, marker } = attributes;
  const newEtag = marker === undefined ? etag : undefined;
  return { key, etag, newEtag, attributes: { version, to, marker, code: "AlreadyThere" } };
}

/** The versions of each key, in the order in which they come. */
async function* historiesOf(
  entries: Pages<Entry>,
  renamed: (entry: Entry) => Entry,
): Pages<readonly Entry[]> {
  let versions: Entry[] = [];
  for await (const page of entries) {
    const whole: (readonly Entry[])[] = [];
    for (const entry of page) {
      if (versions.length > 0 && versions[0]?.key !== entry.key) {
        whole.push(versions);
        versions = [];
      }
      versions.push(renamed(entry));
    }
    if (whole.length > 0) yield whole;
  }
  if (versions.length > 0) yield [versions];
}
