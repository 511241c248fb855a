import { UserError } from "../errors.ts";
import type { S3Bucket } from "../s3/client.ts";
import { listObjects } from "../s3/list-objects.ts";
import { UnexpectedReplyError } from "../s3/unexpected-reply.ts";
import type { ListParallelOptions } from "./list-parallel.ts";
import type { ListedObjects } from "./listed-page.ts";

/**
 * Whether a bucket is a directory bucket (S3 Express One Zone), because it is said to be, or by its name: S3 gives no other bucket one
 * that ends so.
 */
export function isDirectoryBucket(
  bucket: string | Pick<S3Bucket, "name" | "isDirectory">,
): boolean {
  if (typeof bucket === "string") return bucket.endsWith("--x-s3");
  return bucket.isDirectory ?? bucket.name.endsWith("--x-s3");
}

/**
 * Lists a directory bucket page after page. S3 lists it in no order and takes no key to begin behind (API reference, ListObjectsV2,
 * "Directory buckets"), so it cannot be cut into ranges. Throws a UserError when it is to be listed in order, or in part.
 */
export async function* listInTurn(
  bucket: S3Bucket,
  { prefix, startAfter, stopAt, ordered, pageSize, restoreStatus, signal }: ListParallelOptions,
): AsyncGenerator<ListedObjects, void> {
  if (ordered || startAfter !== undefined || stopAt !== undefined) {
    throw new UserError(
      "usage",
      `cannot list "${bucket.name}" ${ordered ? "in the order of keys" : "from key to key"}`,
      { hint: "it is a directory bucket, which S3 lists in no order: list all of it, unordered" },
    );
  }
  let token: string | undefined;
  do {
    const page = await listObjects(
      bucket,
      { prefix, continuationToken: token, maxKeys: pageSize, restoreStatus },
      { signal },
    );
    if (page.nextToken !== undefined && page.nextToken === token) {
      throw new UnexpectedReplyError(`the list does not go on after ${JSON.stringify(token)}`);
    }
    token = page.nextToken;
    if (page.rows.count === 0) continue;
    // Its objects are made when they are asked for.
    yield {
      rows: page.rows,
      count: page.rows.count,
      get objects() {
        return page.objects;
      },
    };
  } while (token !== undefined);
}
