import { bucketRequest } from "./bucket-request.ts";
import type { CallOptions, S3Bucket } from "./client.ts";
import { S3Error } from "./error.ts";
import { encodeEntities } from "./xml-entities.ts";
import { xmlNamespace } from "./xml-namespace.ts";

/**
 * Asks whether a bucket is there and may be used (HeadBucket); throws an S3Error, which may name
 * its region, when not.
 */
export async function headBucket(
  bucket: S3Bucket,
  options?: CallOptions,
): Promise<{ readonly region: string | undefined }> {
  const reply = await bucket.s3.send(
    bucketRequest(bucket, { operation: "HeadBucket", method: "HEAD" }),
    options,
  );
  reply.discard();
  return { region: reply.headers["x-amz-bucket-region"] };
}

/** Makes a bucket (CreateBucket); `exists` when the caller has one of this name already. */
export async function createBucket(
  bucket: S3Bucket,
  { region }: { readonly region?: string | undefined } = {},
  options?: CallOptions,
): Promise<"created" | "exists"> {
  // The oldest region is the one without a name here: S3 refuses its name.
  const isNamed = region !== undefined && region !== "us-east-1";
  const body = isNamed
    ? `<CreateBucketConfiguration xmlns="${xmlNamespace}">` +
      `<LocationConstraint>${encodeEntities(region)}</LocationConstraint></CreateBucketConfiguration>`
    : "";
  try {
    await bucket.s3.fetch(
      bucketRequest(bucket, {
        operation: "CreateBucket",
        method: "PUT",
        body: Buffer.from(body),
        headers: { "content-type": isNamed ? "application/xml" : undefined },
      }),
      options,
    );
    return "created";
  } catch (error) {
    if (error instanceof S3Error && error.code === "BucketAlreadyOwnedByYou") return "exists";
    throw error;
  }
}
