import { bothSides } from "../compare/both-sides.ts";
import { compareKeys } from "../key.ts";
import { liveEntries } from "../listing-sources/live-entries.ts";
import { relativeKeys } from "../listing-sources/relative-keys.ts";
import { entryOf } from "../listing/listed-entry.ts";
import { RequestLimit, RequestsSpent } from "../ranges/request-limit.ts";
import type { Entry } from "../record/entry.ts";
import type { Sided } from "../record/sided.ts";
import type { S3Bucket } from "../s3/client.ts";
import { type ListedObject, listObjects } from "../s3/list-objects.ts";
import { merge } from "../stream/merge.ts";
import type { Pages } from "../stream/pages.ts";
import { measureCopies } from "./copy-measures.ts";
import { type Measures, sampleTree, type TreePart } from "./sample-tree.ts";

/** One side: all keys of a bucket that begin with a prefix. */
export interface EstimatedSide {
  readonly bucket: S3Bucket;
  readonly prefix: string;
}

/** What is known of two sides, or of one: sums, by name. */
export interface SidesMeasures {
  /** `objects`, `bytes` of the source, `same`, `added`, `changed`, and those of the copies (`measureCopies`). */
  readonly source: Measures;
  /** `objects` and `bytes` of the target. */
  readonly target: Measures | undefined;
  /** By how much the numbers of objects may be wrong, as a part of them (standard error); 0 where all were counted. */
  readonly error: number;
  readonly requests: number;
}

/** How much is asked. */
export interface MeasureOptions {
  readonly maxRequests: number;
  readonly random: () => number;
  readonly signal: AbortSignal;
}

/**
 * Measures sides by `maxRequests` requests or few more. Half of them may go into an attempt to list all, which is exact; where that is
 * too much, the source and what of it the target has are estimated from samples, and the target's size from others.
 */
export async function measureSides(
  source: EstimatedSide,
  target: EstimatedSide | undefined,
  { maxRequests, random, signal }: MeasureOptions,
): Promise<SidesMeasures> {
  const limits: RequestLimit[] = [];
  const limited = (side: EstimatedSide, most: number): EstimatedSide => {
    const s3 = new RequestLimit(side.bucket.s3, Math.ceil(most));
    limits.push(s3);
    return { ...side, bucket: { ...side.bucket, s3 } };
  };
  const sent = (): number => limits.reduce((sum, limit) => sum + limit.sent, 0);
  try {
    const most = maxRequests / (target === undefined ? 2 : 4);
    const counted = await countAll(limited(source, most), target && limited(target, most), signal);
    return { ...counted, error: 0, requests: sent() };
  } catch (error) {
    if (!(error instanceof RequestsSpent)) throw error;
  }
  const share = (maxRequests - sent()) / (target === undefined ? 1 : 3);
  const seen = target && limited(target, share);
  const estimated = await sampleTree(limited(source, share).bucket, {
    prefix: source.prefix,
    random,
    signal,
    measure: (objects, part) => compareSample(objects, part, source, seen, signal),
  });
  const sized =
    target &&
    (await sampleTree(limited(target, share).bucket, {
      prefix: target.prefix,
      random,
      signal,
      measure: (objects) => Promise.resolve(sizesOf(objects)),
    }));
  return {
    source: estimated.means,
    target: sized?.means,
    // One descent alone tells nothing of the error.
    error: estimated.errors["objects"] ?? Number.NaN,
    requests: sent(),
  };
}

/** Measures two listings, read as one. */
async function measureListings(
  entries: Pages<Sided<Entry>>,
): Promise<Pick<SidesMeasures, "source" | "target">> {
  const source: Record<string, number> = { objects: 0, bytes: 0 };
  const target: Record<string, number> = { objects: 0, bytes: 0 };
  for await (const page of bothSides(entries)) {
    for (const pair of page) {
      if (pair.target !== undefined) addTo(target, sizesOf([pair.target]));
      if (pair.source === undefined) continue;
      addTo(source, sizesOf([pair.source]));
      addTo(source, changeOf(pair.source, pair.target));
    }
  }
  return { source, target };
}

async function countAll(
  source: EstimatedSide,
  target: EstimatedSide | undefined,
  signal: AbortSignal,
): Promise<Pick<SidesMeasures, "source" | "target">> {
  const list = ({ bucket, prefix }: EstimatedSide): Pages<Entry> =>
    relativeKeys(
      liveEntries(bucket, { prefix, ordered: true, restoreStatus: true, signal }),
      prefix,
    );
  const none = (async function* (): Pages<Entry> {})();
  const found = await measureListings(merge(list(source), target ? list(target) : none));
  return target === undefined ? { source: found.source, target: undefined } : found;
}

/** Measures objects of the source, and compares them with what the target has below the same prefix. */
async function compareSample(
  objects: readonly ListedObject[],
  { prefix, isLevel }: TreePart,
  source: EstimatedSide,
  target: EstimatedSide | undefined,
  signal: AbortSignal,
): Promise<Measures> {
  const sums: Record<string, number> = {};
  addTo(sums, sizesOf(objects));
  const there = new Map<string, ListedObject>();
  const from = source.prefix.length;
  if (target !== undefined && objects.length > 0) {
    const below = target.prefix + prefix.slice(from);
    const last = target.prefix + objects.at(-1)!.key.slice(from);
    for await (const object of listUpTo(target.bucket, below, last, isLevel, signal)) {
      there.set(object.key.slice(target.prefix.length), object);
    }
  }
  for (const object of objects) {
    const other = there.get(object.key.slice(from));
    addTo(sums, changeOf(entryOf(object), other && entryOf(other)));
  }
  return sums;
}

async function* listUpTo(
  bucket: S3Bucket,
  prefix: string,
  last: string,
  isLevel: boolean,
  signal: AbortSignal,
): AsyncGenerator<ListedObject> {
  const delimiter = isLevel ? "/" : undefined;
  let continuationToken: string | undefined;
  do {
    const page = await listObjects(bucket, { prefix, delimiter, continuationToken }, { signal });
    yield* page.objects;
    continuationToken = page.nextToken;
    const end = page.objects.at(-1)?.key;
    if (end !== undefined && compareKeys(end, last) >= 0) return;
  } while (continuationToken !== undefined);
}

function changeOf(source: Entry, target: Entry | undefined): Measures {
  if (target === undefined) return { added: 1, ...measureCopies([source]) };
  if (source.etag === target.etag && source.size === target.size) return { same: 1 };
  return { changed: 1, ...measureCopies([source]) };
}

function sizesOf(objects: readonly { readonly size: number }[]): Measures {
  return { objects: objects.length, bytes: objects.reduce((sum, { size }) => sum + size, 0) };
}

function addTo(sums: Record<string, number>, more: Measures): void {
  for (const [name, value] of Object.entries(more)) sums[name] = (sums[name] ?? 0) + value;
}
