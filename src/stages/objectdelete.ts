import { type Entry, entryCodec } from "../record/entry.ts";
import { type Result, resultCodec } from "../record/result.ts";
import type { CallOptions, S3Bucket } from "../s3/client.ts";
import {
  type DeleteFailure,
  deleteObjects,
  maxDeletes,
  type ObjectToDelete,
} from "../s3/delete-objects.ts";
import { S3Error } from "../s3/error.ts";
import { mayPass } from "../s3/retry.ts";
import type { Stage } from "../stage.ts";
import { mapConcurrent } from "../stream/map-concurrent.ts";
import type { Pages } from "../stream/pages.ts";
import { type Undone, undoneResult } from "./outcome.ts";
import { Stopper } from "./stopper.ts";

export interface ObjectdeleteNeeds {
  readonly target: S3Bucket;
}

/**
 * Deletes objects, a thousand with one request: those of changes that are removed, and those of
 * entries that are no changes. Each must still have the ETag that was listed, as far as the server
 * knows that condition. A version is deleted for good.
 */
export const objectdelete: Stage<Entry, Result, ObjectdeleteNeeds> = {
  name: "objectdelete",
  reads: entryCodec,
  writes: resultCodec,

  async *run(entries, { target, concurrency, signal, counters }) {
    const stopper = new Stopper(signal);
    yield* mapConcurrent(batchesOf(entries), { concurrency }, (batch) => {
      const wanted = batch.filter(isToDelete);
      const spared = batch.filter((entry) => !isToDelete(entry));
      const answered = spared.map((entry) => undoneResult(entry, notRemoved));
      if (wanted.length === 0) return answered;
      return stopper.guard(
        wanted,
        async () => {
          const results = await deleteEntries(target, wanted, { signal });
          const deleted = results.filter(({ attributes }) => attributes?.outcome === undefined);
          counters.add(target.name, "Deleted", deleted.length);
          return [...answered, ...results];
        },
        (_, undone) => [...answered, ...wanted.map((entry) => undoneResult(entry, undone))],
      );
    });
    stopper.throwIfStopped();
  },
};

/** Passes on the entries that `objectdelete` would delete, and asks S3 nothing: the dry run. */
export const deletable: Stage<Entry, Entry> = {
  name: "objectdelete",
  reads: entryCodec,
  writes: entryCodec,

  async *run(entries) {
    for await (const page of entries) yield [...page].filter(isToDelete);
  },
};

const notRemoved: Undone = { outcome: "skipped", code: "NotRemoved" };

/** Whether an entry says to delete it: what a diff has found to be added or changed does not. */
export function isToDelete({ attributes = {} }: Entry): boolean {
  return attributes.change === undefined || attributes.change === "removed";
}

/**
 * Deletes up to a thousand objects as they were listed, and gives the result of each, in their order.
 * Those that fail with what may pass are tried again, by themselves. Rejects with what fails all.
 */
export async function deleteEntries(
  target: S3Bucket,
  entries: readonly Entry[],
  options?: CallOptions,
): Promise<Result[]> {
  const codes = new Map<Entry, string>();
  let left = entries;
  const work = async (_attempt: number, once: CallOptions): Promise<void> => {
    const failures = await deleteObjects(target, left.map(objectOf), once);
    const failed = new Map(failures.map((failure) => [nameOf(failure), errorOf(failure, target)]));
    const again: Entry[] = [];
    for (const entry of left) {
      const error = failed.get(nameOf(objectOf(entry)));
      if (error === undefined) codes.delete(entry);
      else codes.set(entry, error.code);
      if (mayPass(error)) again.push(entry);
    }
    left = again;
    const [first] = again;
    if (first !== undefined) throw failed.get(nameOf(objectOf(first)));
  };
  try {
    await target.s3.retrying(work, options);
  } catch (error) {
    // Those that are left were answered, each with its own code; any other error is about all.
    if (!(error instanceof S3Error && left.every((entry) => codes.has(entry)))) throw error;
  }
  return entries.map((entry) => {
    const code = codes.get(entry);
    return code === undefined
      ? deletedResult(entry)
      : undoneResult(entry, { outcome: "failed", code });
  });
}

/** The result of a deletion: there is no new object. */
function deletedResult({ key, etag, attributes }: Entry): Result {
  const { version, marker } = attributes ?? {};
  return { key, etag, newEtag: undefined, attributes: { version, marker, change: "removed" } };
}

/** A version is what it is for ever; only the latest can have become another. */
function objectOf({ key, etag, attributes }: Entry): ObjectToDelete {
  const versionId = attributes?.version;
  return { key, versionId, ifMatch: versionId === undefined && etag !== "" ? etag : undefined };
}

function nameOf({ key, versionId = "" }: Pick<ObjectToDelete, "key" | "versionId">): string {
  return `${versionId}\0${key}`;
}

function errorOf({ code, message }: DeleteFailure, { name }: S3Bucket): S3Error {
  return new S3Error(code, message, { status: 200, bucket: name });
}

/** Puts entries together to as many as one request may name, or to what is left at the end. */
async function* batchesOf(pages: Pages<Entry>): Pages<readonly Entry[]> {
  let batch: Entry[] = [];
  for await (const page of pages) {
    for (const entry of page) {
      if (batch.push(entry) < maxDeletes) continue;
      yield [batch];
      batch = [];
    }
  }
  if (batch.length > 0) yield [batch];
}
