import { createHash } from "node:crypto";
import type { ChecksumAlgorithm, ChecksumType } from "../../src/s3/checksum.ts";
import type { S3Bucket } from "../../src/s3/client.ts";
import { completeMultipartUpload } from "../../src/s3/complete-multipart-upload.ts";
import { createMultipartUpload } from "../../src/s3/create-multipart-upload.ts";
import { putObject } from "../../src/s3/put-object.ts";
import { uploadPart } from "../../src/s3/upload-part.ts";
import { digest } from "../../src/testing/checksums.ts";

/** An object for a test to copy. */
export interface ObjectSpec {
  readonly key: string;
  readonly body: Buffer;
  /** The lengths of its parts; written by one PUT without. */
  readonly parts?: readonly number[] | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Sent with each part: a customer's key. */
  readonly partHeaders?: Readonly<Record<string, string>> | undefined;
  /** The checksum it is written with; the server's own choice without. */
  readonly checksum?:
    | { readonly algorithm: ChecksumAlgorithm; readonly type: ChecksumType }
    | undefined;
}

/** Writes an object as some other program has. */
export async function writeObject(bucket: S3Bucket, spec: ObjectSpec): Promise<void> {
  const { key, body, parts, headers, partHeaders, checksum } = spec;
  const sumOf = (bytes: Buffer) =>
    checksum && {
      algorithm: checksum.algorithm,
      value: digest(checksum.algorithm, [bytes]).toString("base64"),
    };
  if (parts === undefined) {
    const contentMd5 = createHash("md5").update(body).digest("hex");
    const sent = { body, length: body.length, headers, contentMd5, checksum: sumOf(body) };
    await putObject(bucket, key, sent);
    return;
  }
  const { uploadId } = await createMultipartUpload(bucket, key, { headers, checksum });
  const sent = [];
  let start = 0;
  for (const [i, length] of parts.entries()) {
    const bytes = body.subarray(start, start + length);
    start += length;
    const partNumber = i + 1;
    const checksumOfPart = sumOf(bytes);
    const { etag } = await uploadPart(bucket, key, {
      uploadId,
      partNumber,
      body: bytes,
      length,
      checksum: checksumOfPart,
      headers: partHeaders,
    });
    sent.push({ partNumber, etag, checksum: checksumOfPart });
  }
  await completeMultipartUpload(bucket, key, { uploadId, parts: sent, size: body.length });
}
