import { createHash } from "node:crypto";

import {
  CompleteMultipartUploadCommand,
  type CompleteMultipartUploadCommandInput,
  type CompleteMultipartUploadCommandOutput,
  CreateMultipartUploadCommand,
  type CreateMultipartUploadCommandInput,
  UploadPartCommand,
} from "@aws-sdk/client-s3";

import type { Site } from "./probe.ts";

/** Two parts, the first as small as S3 lets one be that is not the last: 5 MiB. */
export const parts: readonly [Buffer, Buffer] = [
  Buffer.alloc(5 * 1024 * 1024, "first part "),
  Buffer.from("last part"),
];

/** The bytes of both. */
export const whole = Buffer.concat(parts);

/** The ETag of an object of these two parts, in quotes. */
export const multipartEtag = `"${md5(Buffer.concat(parts.map(md5Bytes)))}-2"`;

/** MD5 in hexadecimal digits. */
export function md5(bytes: Uint8Array): string {
  return md5Bytes(bytes).toString("hex");
}

function md5Bytes(bytes: Uint8Array): Buffer {
  return createHash("md5").update(bytes).digest();
}

/** Uploads the two parts as one object. */
export async function putInParts(
  site: Site,
  Key: string,
  create: Partial<CreateMultipartUploadCommandInput> = {},
  complete: Partial<CompleteMultipartUploadCommandInput> = {},
): Promise<CompleteMultipartUploadCommandOutput> {
  const upload = await beginUpload(site, Key, create);
  return finishUpload(site, upload, complete);
}

/** Names an upload that is not complete. */
export interface Upload {
  readonly Bucket: string;
  readonly Key: string;
  readonly UploadId: string | undefined;
}

/** Begins an upload and sends nothing yet. */
export async function beginUpload(
  { s3, Bucket }: Site,
  Key: string,
  create: Partial<CreateMultipartUploadCommandInput> = {},
): Promise<Upload> {
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key, ...create }));
  return { Bucket, Key, UploadId };
}

/** Sends the two parts and completes the upload. */
export async function finishUpload(
  { s3 }: Site,
  upload: Upload,
  complete: Partial<CompleteMultipartUploadCommandInput> = {},
): Promise<CompleteMultipartUploadCommandOutput> {
  const Parts = [];
  for (const [index, Body] of parts.entries()) {
    const PartNumber = index + 1;
    const { ETag } = await s3.send(new UploadPartCommand({ ...upload, PartNumber, Body }));
    Parts.push({ PartNumber, ETag });
  }
  return s3.send(
    new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts }, ...complete }),
  );
}
