import { demand } from "./access.ts";
import type { Call, Reply } from "./call.ts";
import { xmlReply } from "./call.ts";
import { checksumElement } from "./checksums.ts";
import { ownerXml } from "./list-objects.ts";
import type { Upload } from "./object.ts";
import { nameWriter, readCount, walk } from "./paging.ts";
import { findUpload } from "./store.ts";
import { writeXml } from "./xml.ts";
import type { XmlElement } from "./xml.ts";

/** ListMultipartUploads: by key, then the oldest first. */
export function listMultipartUploads(call: Call): Reply {
  const { query, bucket, caller, settings } = call;
  demand(bucket, caller, "s3:ListBucketMultipartUploads");
  const write = nameWriter(query.get("encoding-type"));
  const prefix = query.get("prefix") ?? "";
  const delimiter = query.get("delimiter") ?? "";
  const keyMarker = query.get("key-marker") ?? "";
  // An upload id marker without a key marker is ignored, as the API reference says.
  const uploadMarker = keyMarker === "" ? "" : (query.get("upload-id-marker") ?? "");
  const maxUploads = readCount("max-uploads", query.get("max-uploads"));
  const size = Math.min(maxUploads, settings.pageSize);
  const uploads: Upload[] = [];
  const prefixes: string[] = [];
  let last: { readonly key: string; readonly uploadId: string } | undefined;
  let isTruncated = false;
  for (const one of listed(call, { prefix, delimiter, keyMarker, uploadMarker })) {
    if (uploads.length + prefixes.length === size) {
      isTruncated = size > 0;
      break;
    }
    if (typeof one === "string") prefixes.push(one);
    else uploads.push(one);
    last = typeof one === "string" ? { key: one, uploadId: "" } : one;
  }
  const xml = writeXml("ListMultipartUploadsResult", {
    Bucket: bucket.name,
    KeyMarker: write(keyMarker),
    UploadIdMarker: uploadMarker,
    NextKeyMarker: isTruncated && last !== undefined ? write(last.key) : undefined,
    NextUploadIdMarker: isTruncated && last !== undefined ? last.uploadId : undefined,
    Prefix: write(prefix),
    Delimiter: delimiter === "" ? undefined : write(delimiter),
    EncodingType: query.get("encoding-type"),
    MaxUploads: maxUploads,
    IsTruncated: isTruncated,
    Upload: uploads.map((upload) => ({
      Key: write(upload.key),
      UploadId: upload.uploadId,
      Initiator: ownerXml(upload.initiator),
      Owner: ownerXml(bucket.owner),
      StorageClass: upload.description.storageClass,
      Initiated: upload.initiated.toISOString(),
      ...algorithmXml(upload),
    })),
    CommonPrefixes: prefixes.map((common) => ({ Prefix: write(common) })),
  });
  return xmlReply(xml);
}

/** ListParts. */
export function listParts(call: Call): Reply {
  const { query, bucket, caller, key, settings } = call;
  demand(bucket, caller, "s3:ListMultipartUploadParts", key);
  const write = nameWriter(query.get("encoding-type"));
  const upload = findUpload(bucket, key, query.get("uploadId") ?? "");
  const marker = readCount("part-number-marker", query.get("part-number-marker"), 0);
  const maxParts = readCount("max-parts", query.get("max-parts"));
  const size = Math.min(maxParts, settings.pageSize);
  const rest = [...upload.parts.values()]
    .filter((part) => part.number > marker)
    .sort((a, b) => a.number - b.number);
  const shown = rest.slice(0, size);
  const xml = writeXml("ListPartsResult", {
    Bucket: bucket.name,
    Key: write(key),
    UploadId: upload.uploadId,
    Initiator: ownerXml(upload.initiator),
    Owner: ownerXml(bucket.owner),
    StorageClass: upload.description.storageClass,
    PartNumberMarker: marker,
    NextPartNumberMarker: shown.at(-1)?.number ?? 0,
    MaxParts: maxParts,
    EncodingType: query.get("encoding-type"),
    IsTruncated: size > 0 && rest.length > shown.length,
    ...algorithmXml(upload),
    Part: shown.map((part) => ({
      PartNumber: part.number,
      LastModified: part.lastModified.toISOString(),
      ETag: `"${part.etag}"`,
      Size: part.data.length,
      [checksumElement(upload.algorithm)]: upload.checksumWasAsked ? part.checksum : undefined,
    })),
  });
  return xmlReply(xml);
}

interface Asked {
  readonly prefix: string;
  readonly delimiter: string;
  readonly keyMarker: string;
  readonly uploadMarker: string;
}

function* listed({ bucket }: Call, asked: Asked): Generator<Upload | string, undefined> {
  const { prefix, delimiter, keyMarker, uploadMarker } = asked;
  const after = keyMarker === "" ? undefined : keyMarker;
  const fromAfter = uploadMarker !== "";
  for (const one of walk(bucket.uploads, { prefix, delimiter, after, fromAfter }, () => true)) {
    if (one.kind === "prefix") {
      yield one.prefix;
      continue;
    }
    const isMarked = fromAfter && one.key === keyMarker;
    const seen = isMarked ? one.value.findIndex((upload) => upload.uploadId === uploadMarker) : -1;
    yield* one.value.slice(seen + 1);
  }
}

function algorithmXml({ algorithm, checksumType, checksumWasAsked }: Upload): XmlElement {
  return checksumWasAsked ? { ChecksumAlgorithm: algorithm, ChecksumType: checksumType } : {};
}
