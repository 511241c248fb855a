import type { Result } from "../record/result.ts";
import type { Part } from "../record/task.ts";
import { partCount } from "../s3/multipart-etag.ts";
import type { Pages } from "../stream/pages.ts";
import { targetKeyOf } from "./copy-run.ts";

/** The results of the parts of one upload, in the order of their numbers. */
export interface Upload {
  /** The source's. */
  readonly key: string;
  /** The target's. */
  readonly targetKey: string;
  /** The source's. */
  readonly etag: string;
  readonly uploadId: string;
  /** How many parts it is to have; undefined where no record says so. */
  readonly parts: number | undefined;
  readonly results: readonly PartResult[];
}

export type PartResult = Result & { readonly part: Omit<Part, "parts"> };

/**
 * Brings the parts of each upload together, by key and upload id, in whatever order they come; an
 * upload is passed on when it has all its parts, or at the end. Of a part that comes twice, as from
 * a task that was run twice, the later counts, but a failure never undoes a copy. Memory is bounded
 * by the uploads under way at a time, and each has at most 10,000 parts. Results that are not of an
 * upload pass through.
 */
export async function* groupUploads(results: Pages<Result>): Pages<Upload | Result> {
  const open = new Map<string, Map<number, PartResult>>();
  for await (const page of results) {
    const ready: (Upload | Result)[] = [];
    for (const result of page) {
      if (result.part === undefined) {
        ready.push(result);
        continue;
      }
      const { uploadId, part } = result.part;
      const name = uploadName(result.key, uploadId);
      let parts = open.get(name);
      if (parts === undefined) open.set(name, (parts = new Map()));
      const isWorse = result.attributes?.outcome !== undefined && parts.has(part);
      if (!isWorse) parts.set(part, result as PartResult);
      if (parts.size !== expectedParts(result)) continue;
      open.delete(name);
      ready.push(uploadOf(parts));
    }
    if (ready.length > 0) yield ready;
  }
  if (open.size > 0) yield [...open.values()].map(uploadOf);
}

/** Names an upload among all of a bucket: upload ids have no NUL, so no two have one name. */
export function uploadName(key: string, uploadId: string): string {
  return `${uploadId}\0${key}`;
}

function uploadOf(parts: ReadonlyMap<number, PartResult>): Upload {
  const results = [...parts.values()].sort((a, b) => a.part.part - b.part.part);
  const first = results[0]!;
  const { key, etag } = first;
  const { uploadId } = first.part;
  return {
    key,
    targetKey: targetKeyOf(first),
    etag,
    uploadId,
    parts: expectedParts(first),
    results,
  };
}

/** As many as the source has, unless the copy is cut otherwise. */
function expectedParts({ etag, attributes }: Result): number | undefined {
  return attributes?.parts === undefined ? partCount(etag) : Number(attributes.parts);
}
