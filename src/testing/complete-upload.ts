import { demand } from "./access.ts";
import type { Call, Reply } from "./call.ts";
import { xmlReply } from "./call.ts";
import { askedChecksum, checksumElement, compositeChecksum, fullChecksum } from "./checksums.ts";
import type { Checksum } from "./checksums.ts";
import { unquote } from "./conditions.ts";
import { etagFor } from "./encryption.ts";
import { Refusal } from "./errors.ts";
import type { Upload, UploadedPart } from "./object.ts";
import { findUpload, md5, removeUpload } from "./store.ts";
import { writeObject, writtenHeaders } from "./write-object.ts";
import { childText, parseXml, writeXml } from "./xml.ts";
import type { ParsedElement } from "./xml.ts";

/**
 * CompleteMultipartUpload. The upload is gone afterwards: a second try is answered NoSuchUpload.
 * Parts that the request does not name are dropped.
 */
export async function completeMultipartUpload(call: Call): Promise<Reply> {
  const { bytes } = await call.body();
  const { bucket, caller, key, query } = call;
  demand(bucket, caller, "s3:PutObject", key);
  const upload = findUpload(bucket, key, query.get("uploadId") ?? "");
  const named = parseXml(bytes, "CompleteMultipartUpload").children["Part"] ?? [];
  const parts = pickParts(upload, named);
  checkSizes(call, parts);
  const data = parts.map((part) => part.data);
  const checksum = wholeChecksum(upload, parts, data);
  checkAskedChecksum(call, checksum);
  const { description } = upload;
  const whole = etagFor(md5(parts.map((part) => part.md5)), description.encryption);
  const object = writeObject(call, {
    description,
    data,
    etag: `${whole}-${parts.length}`,
    parts: parts.map((part) => ({ size: part.data.length, checksum: part.checksum })),
    checksum,
    checksumWasAsked: upload.checksumWasAsked,
  });
  removeUpload(bucket, upload);
  const xml = writeXml("CompleteMultipartUploadResult", {
    Location: `http://${call.host}/${bucket.name}/${encodeURIComponent(key)}`,
    Bucket: bucket.name,
    Key: key,
    ETag: `"${object.etag}"`,
    [checksumElement(checksum.algorithm)]: checksum.value,
    ChecksumType: checksum.type,
  });
  const { etag: _, ...written } = writtenHeaders(bucket, object);
  return xmlReply(xml, written);
}

function pickParts(upload: Upload, named: readonly ParsedElement[]): UploadedPart[] {
  if (named.length === 0) throw new Refusal("MalformedXML");
  let before = 0;
  return named.map((element) => {
    const number = Number(childText(element, "PartNumber"));
    const etag = childText(element, "ETag");
    if (!Number.isInteger(number) || number < 1 || etag === undefined) {
      throw new Refusal("MalformedXML");
    }
    if (number <= before) throw invalid("InvalidPartOrder", upload, number, etag);
    before = number;
    const part = upload.parts.get(number);
    if (part === undefined || part.etag !== unquote(etag)) {
      throw invalid("InvalidPart", upload, number, etag);
    }
    checkPartChecksum(upload, part, element);
    return part;
  });
}

function checkPartChecksum(upload: Upload, part: UploadedPart, element: ParsedElement): void {
  const given = childText(element, checksumElement(upload.algorithm));
  if (given !== undefined && given !== part.checksum) {
    throw invalid("InvalidPart", upload, part.number, part.etag);
  }
  if (given === undefined && upload.checksumWasAsked && upload.checksumType === "COMPOSITE") {
    throw new Refusal("InvalidRequest", {
      message:
        `The upload was created using a ${upload.algorithm.toLowerCase()} checksum. The complete request must ` +
        `include the checksum for each part. It was missing for part ${part.number} in the request.`,
    });
  }
}

function checkSizes({ headers, settings }: Call, parts: readonly UploadedPart[]): void {
  const small = parts.slice(0, -1).find((part) => part.data.length < settings.minPartBytes);
  if (small !== undefined) {
    throw new Refusal("EntityTooSmall", {
      details: {
        ProposedSize: String(small.data.length),
        MinSizeAllowed: String(settings.minPartBytes),
        PartNumber: String(small.number),
        ETag: small.etag,
      },
    });
  }
  const expected = headers.get("x-amz-mp-object-size");
  const size = parts.reduce((sum, part) => sum + part.data.length, 0);
  if (expected === undefined || Number(expected) === size) return;
  throw new Refusal("InvalidRequest", {
    message: "The provided 'x-amz-mp-object-size' header does not match what was computed.",
  });
}

function wholeChecksum(
  upload: Upload,
  parts: readonly UploadedPart[],
  data: readonly Buffer[],
): Checksum {
  // User guide, "Uploading and copying objects using multipart upload": with a checksum the numbers
  // must be consecutive, else HTTP 500.
  if (upload.checksumWasAsked && parts.some((part, index) => part.number !== index + 1)) {
    throw new Refusal("InternalError");
  }
  if (upload.checksumType === "FULL_OBJECT") return fullChecksum(upload.algorithm, data);
  return compositeChecksum(
    upload.algorithm,
    parts.map((part) => part.checksum),
  );
}

function checkAskedChecksum({ headers }: Call, checksum: Checksum): void {
  const type = headers.get("x-amz-checksum-type");
  if (type !== undefined && type.toUpperCase() !== checksum.type) {
    throw new Refusal("BadDigest", {
      message: `The upload was created using the ${checksum.type} checksum mode. The complete request must use the same.`,
    });
  }
  const asked = askedChecksum(headers, new Map());
  if (asked === undefined) return;
  if (asked.algorithm === checksum.algorithm && asked.value === checksum.value) return;
  throw new Refusal("BadDigest", {
    message: `The ${asked.algorithm} you specified did not match the calculated checksum.`,
  });
}

function invalid(
  code: "InvalidPart" | "InvalidPartOrder",
  { uploadId }: Upload,
  number: number,
  etag: string,
): Refusal {
  return new Refusal(code, {
    details: { UploadId: uploadId, PartNumber: String(number), ETag: unquote(etag) },
  });
}
