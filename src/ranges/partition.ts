import type { S3Bucket } from "../s3/client.ts";
import { listObjects } from "../s3/list-objects.ts";
import { objectsOf } from "../s3/list-page.ts";
import { EvenCut } from "./even-cut.ts";
import type { KeyRange } from "./key-range.ts";
import { KeySpace } from "./key-space.ts";
import { listedPage, namesOf } from "./listed-page.ts";
import { listParallelAs } from "./list-parallel.ts";
import { type Probe, Prober, type Stretch } from "./prober.ts";
import { textOf } from "./range-bounds.ts";
import { RequestLimit, RequestsSpent } from "./request-limit.ts";

/** What to cut, and into how many ranges. */
export interface PartitionOptions {
  /** Only keys that begin with it. */
  readonly prefix: string;
  readonly ranges: number;
  /** How many requests are under way at a time; left out, a listing has as many as pay. */
  readonly concurrency?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Ranges of about equal count that are all keys, without gap or overlap. */
export interface Partition {
  /** In the order of keys. */
  readonly ranges: readonly KeyRange[];
  /** How many keys there are; undefined when they were not counted. */
  readonly keys: number | undefined;
  /** The largest range by the mean: as counted, or when probed as it likely is. */
  readonly largest: number;
  /** The same at worst; when counted there is no worse. */
  readonly largestAtWorst: number;
  /** How many list requests it took. */
  readonly requests: number;
}

/**
 * How many probes are under way at a time unless told otherwise; more would be chosen with less
 * known.
 */
const probesAtATime = 16;

/**
 * Halfway, in factors, from even to the worst. Measured, of six shapes of a million keys in 100 ranges: 2.0 told and 1.6 found, 2.4 and
 * 2.2, 10 and 9, 9.5 and 14, 8 and 6, 10 and 34, where the worst was 4 to 100.
 */
const likely = 1 / 2;

const pageSize = 1000;
const maxKeyBytes = 1024;

/**
 * Cuts by listing all keys: one request a thousand keys and a few percent more, and as even as keys
 * can be cut.
 */
export async function partitionByListing(
  bucket: S3Bucket,
  options: PartitionOptions,
): Promise<Partition> {
  const limit = new RequestLimit(bucket.s3, Number.POSITIVE_INFINITY);
  return await listAndCut({ ...bucket, s3: limit }, limit, options);
}

/**
 * Cuts by `maxRequests` requests at most. Half of them may go into an attempt to list all, which is
 * exact; a bucket that has more keys is probed with the rest.
 */
export async function partitionByProbing(
  bucket: S3Bucket,
  options: PartitionOptions & { readonly maxRequests: number },
): Promise<Partition> {
  const { maxRequests } = options;
  const limit = new RequestLimit(bucket.s3, Math.ceil(maxRequests / 2));
  const limited = { ...bucket, s3: limit };
  try {
    return await listAndCut(limited, limit, options);
  } catch (error) {
    if (!(error instanceof RequestsSpent)) throw error;
  }
  limit.most = maxRequests;
  return await probeAndCut(limited, limit, options);
}

/** Cuts keys that are given in order, by counting them. */
export function partitionOf(even: EvenCut, prefix: string, requests = 0): Partition {
  const { bounds, sizes } = even.cut();
  const keys = even.count;
  const largest = keys === 0 ? 1 : (Math.max(...sizes) * sizes.length) / keys;
  const ranges = rangesBetween(bounds, prefix);
  return { ranges, keys, largest, largestAtWorst: largest, requests };
}

async function listAndCut(
  bucket: S3Bucket,
  limit: RequestLimit,
  { prefix, ranges, concurrency, signal }: PartitionOptions,
): Promise<Partition> {
  const even = new EvenCut(ranges);
  const pages = listParallelAs(
    bucket,
    { prefix, ordered: true, concurrency, signal },
    ({ rows, count }) => {
      const sample = even.sample(count, (i) => objectsOf(rows, i, i + 1)[0]!.key);
      rows.release();
      return sample;
    },
  );
  for await (const page of pages) even.add(page);
  return partitionOf(even, prefix, limit.sent);
}

async function probeAndCut(
  bucket: S3Bucket,
  limit: RequestLimit,
  { prefix, ranges, concurrency = probesAtATime, signal }: PartitionOptions,
): Promise<Partition> {
  const maxProbes = limit.most - limit.sent;
  const space = new KeySpace(maxKeyBytes - Buffer.byteLength(prefix));
  const prober = new Prober({ space, pageSize, maxProbes });
  const ended = new AbortController();
  const all = signal === undefined ? ended.signal : AbortSignal.any([signal, ended.signal]);
  const underWay = new Set<Promise<void>>();
  try {
    for (;;) {
      for (let probe; underWay.size < concurrency && (probe = prober.next()) !== undefined;) {
        const answered: Promise<void> = answer(probe).finally(() => underWay.delete(answered));
        underWay.add(answered);
      }
      if (underWay.size === 0) break;
      await Promise.race(underWay);
    }
  } finally {
    ended.abort();
    await Promise.allSettled(underWay);
  }
  const { bounds, largest: largestAtWorst } = prober.cut(ranges);
  const texts = bounds.map((bound) => prefix + textOf(bound));
  return {
    ranges: rangesBetween(texts, prefix),
    keys: undefined,
    largest: largestAtWorst ** likely,
    largestAtWorst,
    requests: limit.sent,
  };

  async function answer(probe: Probe): Promise<void> {
    try {
      if (probe.kind === "folder") await lookInto(probe.folder);
      else await look(probe.stretch);
    } catch (error) {
      if (!(error instanceof RequestsSpent)) throw error;
    }
  }

  async function lookInto(folder: Uint8Array): Promise<void> {
    const path = prefix + textOf(folder);
    const page = await listObjects(bucket, { prefix: path, delimiter: "/" }, { signal: all });
    prober.receivedFolder(folder, namesOf(page, path));
  }

  async function look(stretch: Stretch): Promise<void> {
    const { after } = stretch;
    const startAfter = after && prefix + textOf(after);
    let page = await listObjects(bucket, { prefix, startAfter }, { signal: all });
    // Behind many keys that were deleted a page may be empty though it is not the last.
    while (page.objects.length === 0 && page.nextToken !== undefined) {
      const continuationToken = page.nextToken;
      page = await listObjects(bucket, { prefix, continuationToken }, { signal: all });
    }
    prober.received(stretch, listedPage(page, prefix, after));
    page.rows.release();
  }
}

function rangesBetween(bounds: readonly string[], prefix: string): KeyRange[] {
  return [...bounds, undefined].map((upTo, i) => ({
    prefix: prefix === "" ? undefined : prefix,
    after: bounds[i - 1],
    upTo,
  }));
}
