import { bucketRequest } from "./bucket-request.ts";
import type { CallOptions, S3Bucket } from "./client.ts";
import { UnexpectedReplyError } from "./unexpected-reply.ts";
import { parseXml } from "./xml.ts";

/** An upload that is neither completed nor aborted. */
export interface ListedUpload {
  readonly key: string;
  readonly uploadId: string;
  /** As sent, in ISO 8601. */
  readonly initiated: string;
}

/** A page of the uploads under way in a bucket. */
export interface UploadPage {
  readonly uploads: readonly ListedUpload[];
  /** Where the next page begins; undefined after the last. */
  readonly next: { readonly keyMarker: string; readonly uploadIdMarker: string } | undefined;
  /** The server's clock when it answered, in milliseconds; undefined where it has none. */
  readonly answeredAtMs: number | undefined;
}

/**
 * Lists a bucket's unfinished uploads by key, 1000 a page (ListMultipartUploads).
 *
 * Unlike objects they are not asked for under `encoding-type=url`, since only Amazon S3 does by it
 * what it says: radosgw encodes keys without telling, SeaweedFS tells and does not encode. What XML
 * cannot carry comes as a numeric reference.
 */
export async function listMultipartUploads(
  bucket: S3Bucket,
  query: {
    readonly prefix?: string | undefined;
    readonly keyMarker?: string | undefined;
    readonly uploadIdMarker?: string | undefined;
    readonly maxUploads?: number | undefined;
  } = {},
  options?: CallOptions,
): Promise<UploadPage> {
  const { reply, bytes } = await bucket.s3.fetch(
    bucketRequest(bucket, {
      operation: "ListMultipartUploads",
      method: "GET",
      query: {
        uploads: "",
        prefix: query.prefix,
        "key-marker": query.keyMarker,
        "upload-id-marker": query.uploadIdMarker,
        "max-uploads": query.maxUploads?.toString(),
      },
    }),
    options,
  );
  const result = parseXml(bytes, "ListMultipartUploadsResult");
  const keyOf = (text: string | undefined): string => {
    if (!text) throw new UnexpectedReplyError("the list of uploads has one without a key");
    return text;
  };
  const uploads = result.children("Upload").map((upload) => {
    const uploadId = upload.text("UploadId");
    if (!uploadId) throw new UnexpectedReplyError("the list of uploads has one without an id");
    return {
      key: keyOf(upload.text("Key")),
      uploadId,
      initiated: upload.text("Initiated") ?? "",
    };
  });
  const next =
    result.text("IsTruncated") === "true"
      ? {
          keyMarker: keyOf(result.text("NextKeyMarker")),
          uploadIdMarker: result.text("NextUploadIdMarker") ?? "",
        }
      : undefined;
  const answeredAtMs = Date.parse(reply.headers["date"] ?? "");
  return {
    uploads,
    next,
    answeredAtMs: Number.isNaN(answeredAtMs) ? undefined : answeredAtMs,
  };
}
