import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { promisify } from "node:util";
import type { S3Bucket } from "../../src/s3/client.ts";
import { completeMultipartUpload } from "../../src/s3/complete-multipart-upload.ts";
import { createMultipartUpload } from "../../src/s3/create-multipart-upload.ts";
import { putObject } from "../../src/s3/put-object.ts";
import { uploadPart } from "../../src/s3/upload-part.ts";

const directory = join(import.meta.dirname, "../data/original");

/** The sample part file. */
export const partFile: Promise<string> = readFile(join(directory, "part.all"), "utf8");

/** What a list of the sample objects shows: key to ETag and size. */
export async function expectedObjects(): Promise<
  ReadonlyMap<string, { etag: string; size: number }>
> {
  const text = await readFile(join(directory, "expected-etags.tsv"), "utf8");
  const rows = text
    .split("\n")
    .map((line) => line.split("\t"))
    .filter((row) => /^\d+$/.test(row[2] ?? ""));
  return new Map(rows.map(([key = "", etag = "", size]) => [key, { etag, size: Number(size) }]));
}

/** The sample objects. */
export async function originalFiles(): Promise<ReadonlyMap<string, Buffer>> {
  const place = await mkdtemp(join(tmpdir(), "campanile-data-"));
  try {
    await promisify(execFile)("tar", ["-xzf", join(directory, "testfiles.tgz"), "-C", place]);
    const root = join(place, "testfiles");
    const files = new Map<string, Buffer>();
    for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const path = join(entry.parentPath, entry.name);
      files.set(relative(root, path), await readFile(path));
    }
    return files;
  } finally {
    await rm(place, { recursive: true });
  }
}

const partBytes = 8 * 2 ** 20;

/** Writes an object as the AWS CLI does: in parts of 8 MiB from 8 MiB up. */
export async function uploadAsCli(bucket: S3Bucket, key: string, body: Buffer): Promise<void> {
  if (body.length < partBytes) {
    await putObject(bucket, key, { body, length: body.length });
    return;
  }
  await uploadInParts(bucket, key, body, Array(Math.ceil(body.length / partBytes)).fill(partBytes));
}

/** Writes an object in parts of these lengths; the last takes what is left. */
export async function uploadInParts(
  bucket: S3Bucket,
  key: string,
  body: Buffer,
  lengths: readonly number[],
  headers: Readonly<Record<string, string>> = {},
): Promise<string> {
  const { uploadId } = await createMultipartUpload(bucket, key, { headers });
  const parts = [];
  let start = 0;
  for (const [i, length] of lengths.entries()) {
    const part = body.subarray(start, Math.min(start + length, body.length));
    start += part.length;
    const sent = { body: part, length: part.length };
    const { etag } = await uploadPart(bucket, key, { uploadId, partNumber: i + 1, ...sent });
    parts.push({ partNumber: i + 1, etag });
  }
  await completeMultipartUpload(bucket, key, { uploadId, parts });
  const md5s = createHash("md5");
  for (const { etag } of parts) md5s.update(etag, "hex");
  return `${md5s.digest("hex")}-${parts.length}`;
}
