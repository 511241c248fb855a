import type { CallOptions, S3Bucket } from "./client.ts";

/** Where AWS is asked first, and what a request to any other S3 is signed for, when no region is configured. */
export const fallbackRegion = "us-east-1";

/**
 * Asks for a bucket's region; undefined when the answer does not tell, as for a bucket that is not there. S3 names the region
 * whatever the caller may do and whichever region is asked, also in a redirect, a refusal, and the 400 for a signature of
 * another region (S3 API, HeadBucket).
 */
export async function discoverRegion(
  bucket: S3Bucket,
  options?: CallOptions,
): Promise<string | undefined> {
  const reply = await bucket.s3.send(
    {
      operation: "HeadBucket",
      method: "HEAD",
      bucket: bucket.name,
      headers: bucket.headers,
      accept: [301, 307, 400, 403, 404],
    },
    options,
  );
  reply.discard();
  return reply.headers["x-amz-bucket-region"];
}
