import { finished } from "node:stream/promises";
import type { UserError } from "../errors.ts";
import { abortMultipartUpload } from "../s3/abort-multipart-upload.ts";
import type { S3Bucket } from "../s3/client.ts";
import { deleteObjects, maxDeletes } from "../s3/delete-objects.ts";
import { S3Error } from "../s3/error.ts";
import { explain, type Subject } from "../s3/explain.ts";
import { getObject } from "../s3/get-object.ts";
import { listMultipartUploads, type UploadPage } from "../s3/list-multipart-uploads.ts";
import { listObjects } from "../s3/list-objects.ts";
import { ObjectWriter } from "../s3/object-writer.ts";
import { putObject, type WriteCondition } from "../s3/put-object.ts";
import type { Files } from "./files.ts";

/** What is read whole is smaller: a part of results is the largest, see `results-writer.ts`; in bytes. */
const maxFileBytes = 256 * 1024 * 1024;

/** A PUT is the price of several thousand bytes of work; a quarter of a second makes no step slower that one can feel. */
const gatherMs = 250;

/**
 * Files in a bucket: an object is there when its PUT was answered, or its upload completed, and
 * never half.
 *
 * @param what What the files are, for errors, as in `the run`.
 */
export function bucketFiles(bucket: S3Bucket & Subject, prefix: string, what: string): Files {
  const folder = prefix === "" || prefix.endsWith("/") ? prefix : `${prefix}/`;
  const place = `s3://${bucket.name}/${folder}`;
  const told = async <T>(doing: string, operation: string, work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      throw explained(error, doing, operation);
    }
  };
  const explained = (error: unknown, doing: string, operation: string): UserError =>
    explain(error, `${doing} ${what} in "${place}"`, bucket, operation);
  const put = (name: string, bytes: Uint8Array, condition: WriteCondition = {}) =>
    putObject(bucket, folder + name, { body: bytes, length: bytes.length, ...condition });
  return {
    place,
    gatherMs,
    read: (name) => told("read", "GetObject", read(bucket, folder + name)),
    replace: async (name, bytes) => {
      await told("write", "PutObject", put(name, bytes));
    },
    stream: async (name, fill) => {
      const sink = new ObjectWriter(bucket, folder + name);
      const written = finished(sink);
      // Whoever writes meets the failure first.
      written.catch(() => {});
      try {
        await fill(sink);
        sink.end();
        await written;
      } catch (error) {
        const isOurs = error === sink.errored;
        sink.destroy();
        await written.catch(() => {});
        throw isOurs ? explained(error, "write", "PutObject") : error;
      }
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
    list: (name, most) =>
      told("list", "ListObjectsV2", list(bucket, name === "" ? folder : `${folder}${name}/`, most)),
    remove: (names) => told("remove files of", "DeleteObjects", removeAll(bucket, names, folder)),
    removeUnfinished: (isOurs) =>
      told("abort uploads of", "AbortMultipartUpload", removeUnfinished(bucket, folder, isOurs)),
    within: (name) => bucketFiles(bucket, `${folder}${name}`, what),
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

async function list(
  bucket: S3Bucket,
  prefix: string,
  most = Number.POSITIVE_INFINITY,
): Promise<readonly string[]> {
  const names: string[] = [];
  let token: string | undefined;
  do {
    const page = await listObjects(bucket, { prefix, delimiter: "/", continuationToken: token });
    for (const { key } of page.objects) names.push(key.slice(prefix.length));
    for (const folder of page.commonPrefixes) names.push(folder.slice(prefix.length, -1));
    token = page.nextToken;
  } while (token !== undefined && names.length <= most);
  // A folder may be an object too.
  return names
    .filter((name) => name !== "")
    .sort()
    .slice(0, most);
}

/** Who may not list uploads, or has a server that cannot, may still write: what is left is a matter of a lifecycle rule then. */
async function removeUnfinished(
  bucket: S3Bucket,
  folder: string,
  isOurs: (name: string) => boolean,
): Promise<void> {
  let marker: UploadPage["next"] | undefined;
  do {
    let page: UploadPage;
    try {
      page = await listMultipartUploads(bucket, { prefix: folder, ...marker });
    } catch (error) {
      if (error instanceof S3Error && error.status < 500) return;
      throw error;
    }
    for (const { key, uploadId } of page.uploads) {
      if (isOurs(key.slice(folder.length))) await abortMultipartUpload(bucket, key, { uploadId });
    }
    marker = page.next;
  } while (marker !== undefined);
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
