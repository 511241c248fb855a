import type { S3Bucket, S3Request } from "./client.ts";

/** Header names are lower case; one whose value is undefined is not sent. */
export type Headers = Readonly<Record<string, string | undefined>>;

/** Addresses a request to a bucket, with the headers every request to that bucket carries. */
export function bucketRequest(
  bucket: S3Bucket,
  request: Omit<S3Request, "bucket" | "headers"> & { readonly headers?: Headers | undefined },
): S3Request {
  return {
    ...request,
    bucket: bucket.name,
    headers: bucket.headers ? { ...bucket.headers, ...request.headers } : request.headers,
  };
}
