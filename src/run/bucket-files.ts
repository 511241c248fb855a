import type { S3Bucket } from "../s3/client.ts";
import { deleteObjects, maxDeletes } from "../s3/delete-objects.ts";
import { S3Error } from "../s3/error.ts";
import { explain, type Subject } from "../s3/explain.ts";
import { getObject } from "../s3/get-object.ts";
import { listObjects } from "../s3/list-objects.ts";
import { putObject, type WriteCondition } from "../s3/put-object.ts";
import type { RunFiles } from "./run-files.ts";

/** A part of results is smaller, see `results-writer.ts`; in bytes. */
const maxFileBytes = 256 * 1024 * 1024;

/** A PUT is the price of several thousand bytes of work; a quarter of a second makes no step slower that one can feel. */
const gatherMs = 250;

/**
 * The files of a run in a bucket: an object is there when its PUT was answered, and never half.
 * Throws a UserError for what the bucket refuses.
 */
export function bucketFiles(bucket: S3Bucket & Subject, prefix: string): RunFiles {
  const folder = prefix === "" || prefix.endsWith("/") ? prefix : `${prefix}/`;
  const place = `s3://${bucket.name}/${folder}`;
  const told = async <T>(doing: string, operation: string, work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      throw explain(error, `${doing} the run in "${place}"`, bucket, operation);
    }
  };
  const put = (name: string, bytes: Uint8Array, condition: WriteCondition = {}) =>
    putObject(bucket, folder + name, { body: bytes, length: bytes.length, ...condition });
  return {
    place,
    gatherMs,
    read: (name) => told("read", "GetObject", read(bucket, folder + name)),
    replace: async (name, bytes) => {
      await told("write", "PutObject", put(name, bytes));
    },
    create: (name, bytes) =>
      told(
        "write",
        "PutObject",
        (async () => {
          try {
            await put(name, bytes, { ifNoneMatch: "*" });
            return true;
          } catch (error) {
            if (!(error instanceof S3Error && error.status === 412)) throw error;
            // It is our own where the answer to a first try was lost.
            const there = await read(bucket, folder + name);
            return there?.equals(bytes) === true;
          }
        })(),
      ),
    list: (name) =>
      told("list", "ListObjectsV2", list(bucket, name === "" ? folder : `${folder}${name}/`)),
    remove: (names) => told("remove files of", "DeleteObjects", removeAll(bucket, names, folder)),
    within: (name) => bucketFiles(bucket, `${folder}${name}`),
  };
}

async function read(bucket: S3Bucket, key: string): Promise<Buffer | undefined> {
  try {
    return await bucket.s3.retrying(async (_attempt, options) => {
      const { reply } = await getObject(bucket, key, {}, options);
      return await reply.bytes(maxFileBytes);
    });
  } catch (error) {
    if (error instanceof S3Error && error.code === "NoSuchKey") return undefined;
    throw error;
  }
}

async function list(bucket: S3Bucket, prefix: string): Promise<readonly string[]> {
  const names: string[] = [];
  let token: string | undefined;
  do {
    const page = await listObjects(bucket, { prefix, delimiter: "/", continuationToken: token });
    for (const { key } of page.objects) names.push(key.slice(prefix.length));
    for (const folder of page.commonPrefixes) names.push(folder.slice(prefix.length, -1));
    token = page.nextToken;
  } while (token !== undefined);
  // A folder may be an object too.
  return names.filter((name) => name !== "").sort();
}

async function removeAll(
  bucket: S3Bucket,
  names: readonly string[],
  folder: string,
): Promise<void> {
  for (let at = 0; at < names.length; at += maxDeletes) {
    const some = names.slice(at, at + maxDeletes);
    const [failure] = await deleteObjects(
      bucket,
      some.map((name) => ({ key: folder + name })),
    );
    if (failure !== undefined) {
      throw new S3Error(failure.code, failure.message, { status: 200, bucket: bucket.name });
    }
  }
}
