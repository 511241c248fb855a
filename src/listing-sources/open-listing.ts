import { stat } from "node:fs/promises";
import { UserError } from "../errors.ts";
import { localFiles } from "../files/local-files.ts";
import { inventoryEntries } from "../inventory/inventory-entries.ts";
import { type InventoryReport, reportInS3, reportOnDisk } from "../inventory/report.ts";
import { lazyEntryCodec } from "../listing/entry-line-page.ts";
import { readManifest } from "../listing/part-manifest.ts";
import { isDirectoryBucket } from "../ranges/list-in-turn.ts";
import type { ListParallelOptions } from "../ranges/list-parallel.ts";
import { type Entry, entryCodec } from "../record/entry.ts";
import type { S3Bucket } from "../s3/client.ts";
import { type Pages, tap } from "../stream/pages.ts";
import { cannotRead, readLists } from "../stream/read-lists.ts";
import { sortByKey } from "../stream/sort.ts";
import type { ListAddress } from "./list-address.ts";
import { liveEntries } from "./live-entries.ts";

/** What a listing is read with. */
export interface ListingNeeds {
  /** Connects to a bucket; called at most once. */
  readonly openBucket: (name: string) => Promise<S3Bucket>;
  readonly stdin: AsyncIterable<Uint8Array>;
  /** For temporary files, which are gone at the end. */
  readonly directory: string;
  readonly signal: AbortSignal;
  /** Whether entries are to come in the order of keys. What has no order of its own is sorted for it, on disk where it is large. */
  readonly ordered: boolean;
  /** Whether lists of lines are in no order; without it they are taken to be in that of keys, which `merge` checks. */
  readonly sort?: boolean | undefined;
  /** How a bucket is listed. */
  readonly live?: Omit<ListParallelOptions, "prefix" | "ordered" | "signal"> | undefined;
}

/** A listing that can be read, once. */
export interface OpenedListing {
  readonly entries: Pages<Entry>;
  /** The bucket that the objects are in, where that is known; connected, where it is listed. */
  readonly bucket: { readonly name: string; readonly opened?: S3Bucket | undefined } | undefined;
  /** Whether the entries come of the bucket itself, now. */
  readonly isLive: boolean;
}

/**
 * Opens a listing, be it of a bucket, of lists or of a report of S3 Inventory. Throws a UserError for one that is not there or not
 * whole, also while it is read.
 */
export async function openListing(
  address: ListAddress,
  needs: ListingNeeds,
): Promise<OpenedListing> {
  const { stdin, directory, signal, ordered, sort = false } = needs;
  const inOrder = (entries: Pages<Entry>): Pages<Entry> => {
    const stoppable = tap(entries, () => signal.throwIfAborted());
    return ordered ? sortByKey(stoppable, entryCodec, { directory }) : stoppable;
  };
  switch (address.kind) {
    case "bucket": {
      const opened = await needs.openBucket(address.bucket);
      const { prefix, bucket: name } = address;
      const list = (isOrdered: boolean): Pages<Entry> =>
        liveEntries(opened, { ...needs.live, prefix, ordered: isOrdered, signal });
      const hasOrder = !isDirectoryBucket(name);
      const entries = hasOrder ? list(ordered) : inOrder(list(false));
      return { entries, bucket: { name, opened }, isLive: true };
    }
    case "inventory": {
      const report = await openReport(address, needs);
      const entries = inOrder(inventoryEntries(report, { directory }));
      return { entries, bucket: { name: report.manifest.sourceBucket }, isLive: false };
    }
    default: {
      if (address.path !== "-") await refuseUnusable(address.path);
      const lines = readLists({ stdin }, address.path, lazyEntryCodec);
      const entries = sort ? inOrder(lines) : tap(lines, () => signal.throwIfAborted());
      return { entries, bucket: undefined, isLive: false };
    }
  }
}

async function openReport(
  { bucket, path }: ListAddress & { readonly kind: "inventory" },
  { openBucket, signal }: ListingNeeds,
): Promise<InventoryReport> {
  if (bucket === undefined) return reportOnDisk(path);
  return reportInS3(await openBucket(bucket), path, signal);
}

/** Throws a UserError where a list is not there, or is the directory of a listing in which much is missing. */
async function refuseUnusable(path: string): Promise<void> {
  const found = await stat(path).catch((error: unknown) => {
    const { reason, message } = cannotRead(path, error);
    const isName = reason === "missing" && /^[a-z0-9][a-z0-9-]+(?:\/|$)/.test(path);
    throw new UserError(reason, message, {
      hint: isName ? `if it is a bucket: s3://${path}` : undefined,
      cause: error,
    });
  });
  const manifest = found.isDirectory() ? await readManifest(localFiles(path, path)) : undefined;
  if (manifest === undefined) return;
  const missing = manifest.parts.filter((part) => part.missing !== undefined);
  if (manifest.isDone && missing.length === 0) return;
  const why = manifest.isDone
    ? `${missing.length} of its ${manifest.parts.length} files lack keys that could not be listed`
    : "it was ended before all keys were listed";
  throw new UserError("usage", `cannot use ${JSON.stringify(path)} as a listing: ${why}`, {
    hint: `run the same again to finish it: campanile ls … --output ${path}`,
  });
}
