import { Readable } from "node:stream";
import { crc32 } from "node:zlib";

import {
  CompleteMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  type HeadObjectCommandOutput,
  PutObjectCommand,
  UploadPartCommand,
} from "@aws-sdk/client-s3";

import { beginUpload, parts, whole } from "./multipart.ts";
import { isRefused, type Probes, type Site, succeeds } from "./probe.ts";

/** The text over which the catalogues of CRCs give the value to check an implementation with. */
const digits = "123456789";

/** The CRC64NVME of `digits`: AE8B14860A799888. */
const crc64nvmeOfDigits = Buffer.from("ae8b14860a799888", "hex").toString("base64");

/** Checksums besides the ETag. */
export const checksumProbes: Probes<
  | "trailingChecksums"
  | "checksumsVerified"
  | "crc64nvme"
  | "defaultChecksum"
  | "multipartChecksums"
  | "partChecksums"
> = {
  async trailingChecksums({ s3, Bucket }) {
    // A stream cannot be read twice, so the SDK sends its checksum behind it.
    const put = new PutObjectCommand({
      Bucket,
      Key: "k",
      Body: Readable.from([Buffer.from(digits)]),
      ContentLength: digits.length,
      ChecksumAlgorithm: "CRC32",
    });
    if (!(await succeeds(s3.send(put)))) return false;
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key: "k" }));
    return (await Body?.transformToString()) === digits;
  },

  async checksumsVerified({ s3, Bucket }) {
    const ChecksumCRC32 = base64(crc32("another text"));
    const put = new PutObjectCommand({ Bucket, Key: "k", Body: digits, ChecksumCRC32 });
    return isRefused(s3.send(put), 400);
  },

  async crc64nvme(site) {
    const { s3, Bucket } = site;
    const wrong = Buffer.alloc(8).toString("base64");
    const put = (ChecksumCRC64NVME: string): Promise<unknown> =>
      s3.send(new PutObjectCommand({ Bucket, Key: "k", Body: digits, ChecksumCRC64NVME }));
    if (!(await isRefused(put(wrong), 400))) return false;
    await put(crc64nvmeOfDigits);
    const head = await headWithChecksums(site, "k");
    return head.ChecksumCRC64NVME === crc64nvmeOfDigits && head.ChecksumType === "FULL_OBJECT";
  },

  async defaultChecksum(site) {
    const { s3, Bucket } = site;
    await s3.send(new PutObjectCommand({ Bucket, Key: "k", Body: digits }));
    const head = await headWithChecksums(site, "k");
    return head.ChecksumCRC64NVME === crc64nvmeOfDigits;
  },

  async multipartChecksums(site) {
    const ofParts = Buffer.concat(parts.map((part) => bytesOf(crc32(part))));
    return (
      (await hasMultipartChecksum(site, "COMPOSITE", `${base64(crc32(ofParts))}-2`)) &&
      hasMultipartChecksum(site, "FULL_OBJECT", base64(crc32(whole)))
    );
  },

  async partChecksums(site) {
    const ofParts = Buffer.concat(parts.map((part) => bytesOf(crc32(part))));
    await hasMultipartChecksum(site, "COMPOSITE", `${base64(crc32(ofParts))}-2`);
    const { s3, Bucket } = site;
    const command = { Bucket, Key: "COMPOSITE", PartNumber: 2, ChecksumMode: "ENABLED" } as const;
    const head = await s3.send(new HeadObjectCommand(command)).catch(() => undefined);
    return head?.ChecksumCRC32 === base64(crc32(parts[1]));
  },
};

async function hasMultipartChecksum(
  site: Site,
  ChecksumType: "COMPOSITE" | "FULL_OBJECT",
  expected: string,
): Promise<boolean> {
  const { s3 } = site;
  const Key = ChecksumType;
  const upload = await beginUpload(site, Key, { ChecksumAlgorithm: "CRC32", ChecksumType });
  const Parts = [];
  for (const [index, Body] of parts.entries()) {
    const PartNumber = index + 1;
    const ChecksumCRC32 = base64(crc32(Body));
    const { ETag } = await s3.send(
      new UploadPartCommand({ ...upload, PartNumber, Body, ChecksumCRC32 }),
    );
    Parts.push({ PartNumber, ETag, ChecksumCRC32 });
  }
  const complete = new CompleteMultipartUploadCommand({
    ...upload,
    ChecksumType,
    MultipartUpload: { Parts },
  });
  if (!(await succeeds(s3.send(complete)))) return false;
  const head = await headWithChecksums(site, Key);
  return head.ChecksumCRC32 === expected && head.ChecksumType === ChecksumType;
}

function headWithChecksums({ s3, Bucket }: Site, Key: string): Promise<HeadObjectCommandOutput> {
  return s3.send(new HeadObjectCommand({ Bucket, Key, ChecksumMode: "ENABLED" }));
}

function base64(crc: number): string {
  return bytesOf(crc).toString("base64");
}

function bytesOf(crc: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc);
  return bytes;
}
