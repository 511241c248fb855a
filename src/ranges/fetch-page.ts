import type { S3Bucket } from "../s3/client.ts";
import { listObjects } from "../s3/list-objects.ts";
import { UnexpectedReplyError } from "../s3/unexpected-reply.ts";
import { listedPage, type ListedPage, namesOf } from "./listed-page.ts";
import type { FolderListing } from "./page-source.ts";
import { textOf } from "./range-bounds.ts";

/** What the requests of a listing have in common. */
export interface PageQuery {
  readonly prefix: string;
  /** Keys to ask for at a time; left out: as many as S3 gives. */
  readonly pageSize?: number | undefined;
  readonly restoreStatus?: boolean | undefined;
}

/** Where the next page of a range begins: behind the key `after`, without the prefix, or where the server stopped. */
export interface PagePosition {
  readonly after: Uint8Array | undefined;
  readonly token: string | undefined;
  /** Which part of the keys it is in, each of which has a pace of its own. */
  readonly part: number;
}

/** Lists the next page of a range. Throws an UnexpectedReplyError where it is not what comes next, in order. */
export async function fetchPage(
  bucket: S3Bucket,
  { prefix, pageSize, restoreStatus }: PageQuery,
  { after, token, part }: PagePosition,
  signal: AbortSignal,
): Promise<ListedPage> {
  const query = {
    prefix,
    startAfter: after && token === undefined ? prefix + textOf(after) : undefined,
    continuationToken: token,
    maxKeys: pageSize,
    restoreStatus,
    part,
  };
  const page = listedPage(await listObjects(bucket, query, { signal }), prefix, after);
  if (page.count === 0 && token !== undefined && page.token === token) {
    throw new UnexpectedReplyError(`the list does not go on after ${JSON.stringify(token)}`);
  }
  return page;
}

/** Lists the names right in a folder, which is named without the prefix. */
export async function fetchNames(
  bucket: S3Bucket,
  { prefix, pageSize }: PageQuery,
  folder: Uint8Array,
  signal: AbortSignal,
): Promise<FolderListing> {
  const path = prefix + textOf(folder);
  const query = { prefix: path, delimiter: "/", maxKeys: pageSize };
  const page = await listObjects(bucket, query, { signal });
  const names = namesOf(page, path);
  page.rows.release();
  return names;
}
