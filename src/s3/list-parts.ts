import { bucketRequest } from "./bucket-request.ts";
import { checksumOfElement } from "./checksum.ts";
import type { Checksum } from "./checksum.ts";
import type { CallOptions, S3Bucket } from "./client.ts";
import { bareEtag } from "./etag.ts";
import { UnexpectedReplyError } from "./unexpected-reply.ts";
import { parseXml } from "./xml.ts";
import type { XmlElement } from "./xml.ts";

/** A part that an upload has. */
export interface ListedPart {
  readonly partNumber: number;
  /** Without quotes. */
  readonly etag: string;
  /** In bytes. */
  readonly size: number;
  readonly checksum: Checksum | undefined;
}

/**
 * Lists an upload's parts by their numbers, 1000 a page (ListParts); `next` is the marker of the
 * next page, if there is one.
 */
export async function listParts(
  bucket: S3Bucket,
  key: string,
  query: {
    readonly uploadId: string;
    readonly partNumberMarker?: number | undefined;
    readonly maxParts?: number | undefined;
  },
  options?: CallOptions,
): Promise<{ readonly parts: readonly ListedPart[]; readonly next: number | undefined }> {
  const { bytes } = await bucket.s3.fetch(
    bucketRequest(bucket, {
      operation: "ListParts",
      method: "GET",
      key,
      query: {
        uploadId: query.uploadId,
        "part-number-marker": query.partNumberMarker?.toString(),
        "max-parts": query.maxParts?.toString(),
      },
    }),
    options,
  );
  // The second is moto's name for it.
  const result = parseXml(bytes, "ListPartsResult", "ListPartsResponse");
  const isTruncated = result.text("IsTruncated") === "true";
  const next = isTruncated ? numberIn(result, "NextPartNumberMarker") : undefined;
  // From a server that takes no notice of the marker the pages would have no end.
  if (next !== undefined && next <= (query.partNumberMarker ?? 0)) {
    throw new UnexpectedReplyError(`the list of parts does not go on after part ${next}`);
  }
  return {
    parts: result.children("Part").map((part) => ({
      partNumber: numberIn(part, "PartNumber"),
      etag: bareEtag(part.text("ETag") ?? ""),
      size: numberIn(part, "Size"),
      checksum: checksumOfElement(part),
    })),
    next,
  };
}

function numberIn(element: XmlElement, name: string): number {
  const text = element.text(name)?.trim() ?? "";
  const number = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(number)) return number;
  throw new UnexpectedReplyError(`the list of parts has "${text}" for ${name}`);
}
