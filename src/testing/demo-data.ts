import { createHash } from "node:crypto";
import type { S3Bucket } from "../s3/client.ts";
import { completeMultipartUpload } from "../s3/complete-multipart-upload.ts";
import { createMultipartUpload } from "../s3/create-multipart-upload.ts";
import { putObject } from "../s3/put-object.ts";
import { uploadPart } from "../s3/upload-part.ts";

/** An object to begin with; one with a part size is uploaded in parts. */
export interface DemoObject {
  readonly key: string;
  readonly body: Buffer;
  readonly partBytes?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

const mib = 2 ** 20;

/**
 * A little bucket like the original's sample: many small objects, some in a folder, two that were
 * uploaded in parts, and keys that have broken other tools. The same bytes each time.
 */
export function demoObjects(): readonly DemoObject[] {
  const plain = Array.from({ length: 256 }, (_, i) => {
    const key = i.toString(16).padStart(2, "0");
    return { key, body: bytesOf(key, 10_240) };
  });
  const odd = [
    "a key\twith a tab",
    "and a\nnewline",
    "100% + 1 \\ 2",
    "//",
    "\ufeffmark",
    "Grüße/😀.txt",
  ];
  return [
    ...plain,
    { key: "000/00", body: bytesOf("000/00", 20 * mib), partBytes: 8 * mib },
    { key: "video/long.mp4", body: bytesOf("video", 11 * mib), partBytes: 5 * mib + 1 },
    ...odd.map((key) => ({ key, body: bytesOf(key, 1000) })),
    {
      key: "with/everything.json",
      body: Buffer.from('{"answer": 42}\n'),
      headers: {
        "content-type": "application/json",
        "cache-control": "max-age=60",
        "x-amz-meta-author": "jeff",
        "x-amz-tagging": "project=demo&stage=1",
        "x-amz-storage-class": "STANDARD_IA",
      },
    },
  ];
}

/** Writes an object as its owner would have. */
export async function upload(bucket: S3Bucket, object: DemoObject): Promise<void> {
  const { key, body, partBytes, headers } = object;
  if (partBytes === undefined) {
    await putObject(bucket, key, { body, length: body.length, headers });
    return;
  }
  const { uploadId } = await createMultipartUpload(bucket, key, { headers });
  const parts = [];
  for (let start = 0, partNumber = 1; start < body.length; start += partBytes, partNumber++) {
    const part = body.subarray(start, start + partBytes);
    const { etag } = await uploadPart(bucket, key, {
      uploadId,
      partNumber,
      body: part,
      length: part.length,
    });
    parts.push({ partNumber, etag });
  }
  await completeMultipartUpload(bucket, key, { uploadId, parts });
}

/** Bytes that look random and are the same for the same seed. */
function bytesOf(seed: string, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  const block = createHash("sha512").update(seed).digest();
  for (let at = 0; at < length; at += block.length) {
    // Each block differs, so that parts do too.
    block.writeUInt32LE(at, 0);
    block.copy(bytes, at);
  }
  return bytes;
}
