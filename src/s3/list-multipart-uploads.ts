import { bucketRequest } from "./bucket-request.ts";
import type { CallOptions, S3Bucket } from "./client.ts";
import { UnexpectedReplyError } from "./unexpected-reply.ts";
import { decodeUrlEncoding } from "./url-encoding.ts";
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

/** Lists a bucket's unfinished uploads by key, 1000 a page (ListMultipartUploads). */
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
        "encoding-type": "url",
        prefix: query.prefix,
        "key-marker": query.keyMarker,
        "upload-id-marker": query.uploadIdMarker,
        "max-uploads": query.maxUploads?.toString(),
      },
    }),
    options,
  );
  const result = parseXml(bytes, "ListMultipartUploadsResult");
  const isEncoded = result.text("EncodingType") === "url";
  const keyOf = (text: string | undefined): string => {
    if (!text) throw new UnexpectedReplyError("the list of uploads has one without a key");
    return isEncoded ? decoded(text) : text;
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

function decoded(text: string): string {
  try {
    return decodeUrlEncoding(text);
  } catch (error) {
    throw new UnexpectedReplyError(`the list of uploads has the key "${text}": ${String(error)}`);
  }
}
