import { bucketRequest } from "./bucket-request.ts";
import type { CallOptions, S3Bucket } from "./client.ts";
import { parseXml } from "./xml.ts";

/** Whether a bucket keeps versions; `Off` where it never did. */
export type Versioning = "Enabled" | "Suspended" | "Off";

/** Asks whether a bucket keeps versions (GetBucketVersioning). */
export async function getBucketVersioning(
  bucket: S3Bucket,
  options?: CallOptions,
): Promise<Versioning> {
  const { bytes } = await bucket.s3.fetch(
    bucketRequest(bucket, {
      operation: "GetBucketVersioning",
      method: "GET",
      query: { versioning: "" },
    }),
    options,
  );
  const status = parseXml(bytes, "VersioningConfiguration").text("Status");
  return status === "Enabled" || status === "Suspended" ? status : "Off";
}
