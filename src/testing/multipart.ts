import { randomBytes } from "node:crypto";

import { demand } from "./access.ts";
import type { Call, Reply } from "./call.ts";
import { xmlReply } from "./call.ts";
import { checksumElement, checksumHeader, fullChecksum, parseAlgorithm } from "./checksums.ts";
import type { ChecksumAlgorithm, ChecksumType } from "./checksums.ts";
import { sourceVersionHeaders } from "./copy-object.ts";
import { copiedBytes, findCopySource } from "./copy-source.ts";
import { checkKey, describeObject } from "./describe-object.ts";
import { checkPartKey, encryptionHeaders, etagFor } from "./encryption.ts";
import { Refusal } from "./errors.ts";
import type { Upload, UploadedPart } from "./object.ts";
import { addUpload, findUpload, md5, removeUpload, wholeSeconds } from "./store.ts";
import { writeXml } from "./xml.ts";

const maxPartNumber = 10_000;

/** CreateMultipartUpload. */
export async function createMultipartUpload(call: Call): Promise<Reply> {
  const { bucket, caller, key, headers, settings } = call;
  checkKey(key);
  demand(bucket, caller, "s3:PutObject", key);
  const description = describeObject(call);
  if (description.tags.length > 0) demand(bucket, caller, "s3:PutObjectTagging", key);
  const asked = headers.get("x-amz-checksum-algorithm");
  const algorithm = asked === undefined ? "CRC64NVME" : parseAlgorithm(asked);
  const upload: Upload = {
    uploadId: randomBytes(96).toString("base64url"),
    key,
    initiator: caller,
    initiated: wholeSeconds(settings.now()),
    description,
    algorithm,
    checksumType: askedType(headers.get("x-amz-checksum-type"), algorithm, asked !== undefined),
    checksumWasAsked: asked !== undefined,
    parts: new Map(),
  };
  addUpload(bucket, upload);
  const xml = writeXml("InitiateMultipartUploadResult", {
    Bucket: bucket.name,
    Key: key,
    UploadId: upload.uploadId,
  });
  return xmlReply(xml, {
    ...encryptionHeaders(description.encryption),
    ...(upload.checksumWasAsked && {
      "x-amz-checksum-algorithm": algorithm,
      "x-amz-checksum-type": upload.checksumType,
    }),
  });
}

/**
 * The type of an upload's checksum (user guide, "Checking object integrity"): CRC-64/NVME exists
 * over the whole object only, SHA over the parts only, the others either way.
 */
function askedType(
  asked: string | undefined,
  algorithm: ChecksumAlgorithm,
  wasAsked: boolean,
): ChecksumType {
  const type = asked?.toUpperCase() ?? (algorithm === "CRC64NVME" ? "FULL_OBJECT" : "COMPOSITE");
  const isSha = algorithm === "SHA1" || algorithm === "SHA256";
  const isPossible = type === "FULL_OBJECT" ? !isSha : algorithm !== "CRC64NVME";
  if (isPossible && (wasAsked || asked === undefined) && isChecksumType(type)) return type;
  throw new Refusal("InvalidRequest", {
    message: `The ${type} checksum type cannot be used with the ${algorithm.toLowerCase()} checksum algorithm.`,
  });
}

function isChecksumType(type: string): type is ChecksumType {
  return type === "FULL_OBJECT" || type === "COMPOSITE";
}

/** UploadPart. Sending a number again replaces that part. */
export async function uploadPart(call: Call): Promise<Reply> {
  const { bucket, caller, key } = call;
  demand(bucket, caller, "s3:PutObject", key);
  const number = partNumber(call);
  const before = upload(call);
  checkPartKey(call.headers, before.description.encryption);
  const { bytes, checksum } = await call.body();
  // The upload may have been completed or aborted while the body came in.
  const target = upload(call);
  if (
    checksum !== undefined &&
    target.checksumWasAsked &&
    checksum.algorithm !== target.algorithm
  ) {
    throw new Refusal("InvalidRequest", {
      message:
        `Checksum Type mismatch occurred, expected checksum Type: ${target.algorithm.toLowerCase()}, ` +
        `actual checksum Type: ${checksum.algorithm.toLowerCase()}`,
    });
  }
  const part = addPart(call, target, number, bytes);
  const shown = checksum ?? { algorithm: target.algorithm, value: part.checksum };
  return {
    status: 200,
    headers: {
      etag: `"${part.etag}"`,
      [checksumHeader(shown.algorithm)]: shown.value,
      ...encryptionHeaders(target.description.encryption),
    },
  };
}

/** UploadPartCopy. */
export function uploadPartCopy(call: Call): Reply {
  const { bucket, caller, key, headers } = call;
  demand(bucket, caller, "s3:PutObject", key);
  const number = partNumber(call);
  const target = upload(call);
  checkPartKey(headers, target.description.encryption);
  const source = findCopySource(call);
  const bytes = copiedBytes(call, source);
  const size = bytes.reduce((sum, piece) => sum + piece.length, 0);
  if (size > call.settings.maxPutBytes) {
    throw new Refusal("InvalidRequest", {
      message:
        "The specified copy source is larger than the maximum allowable size for a copy source: " +
        `${call.settings.maxPutBytes}`,
    });
  }
  const part = addPart(call, target, number, bytes.length === 1 ? bytes[0]! : Buffer.concat(bytes));
  const xml = writeXml("CopyPartResult", {
    LastModified: part.lastModified.toISOString(),
    ETag: `"${part.etag}"`,
    [checksumElement(target.algorithm)]: target.checksumWasAsked ? part.checksum : undefined,
  });
  return xmlReply(xml, {
    ...encryptionHeaders(target.description.encryption),
    ...sourceVersionHeaders(source),
  });
}

/** AbortMultipartUpload. */
export function abortMultipartUpload(call: Call): Reply {
  demand(call.bucket, call.caller, "s3:AbortMultipartUpload", call.key);
  removeUpload(call.bucket, upload(call));
  return { status: 204 };
}

function addPart(call: Call, upload: Upload, number: number, data: Buffer): UploadedPart {
  const hash = md5([data]);
  const part: UploadedPart = {
    number,
    data,
    md5: hash,
    etag: etagFor(hash, upload.description.encryption),
    checksum: fullChecksum(upload.algorithm, [data]).value,
    lastModified: wholeSeconds(call.settings.now()),
  };
  upload.parts.set(number, part);
  return part;
}

function upload({ bucket, key, query }: Call): Upload {
  return findUpload(bucket, key, query.get("uploadId") ?? "");
}

function partNumber({ query }: Call): number {
  const text = query.get("partNumber") ?? "";
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= 1 && number <= maxPartNumber) return number;
  throw new Refusal("InvalidArgument", {
    message: `Part number must be an integer between 1 and ${maxPartNumber}, inclusive`,
    details: { ArgumentName: "partNumber", ArgumentValue: text },
  });
}
