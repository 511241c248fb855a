import { parseEndpoint } from "../s3/address.ts";
import { createBucket } from "../s3/bucket.ts";
import type { S3Bucket } from "../s3/client.ts";
import { createS3Client } from "../s3/create-client.ts";
import { wireTransport } from "../http/wire.ts";
import { type DemoObject, demoObjects, upload } from "../testing/demo-data.ts";
import type { Account, S3Server } from "../testing/server.ts";

/** Opens a bucket of the S3 in this process as an account sees it. */
export function openSample(server: S3Server, account: Account, name: string): S3Bucket {
  const s3 = createS3Client({
    transport: wireTransport({ connections: 32, connectTimeoutMs: 10_000 }),
    endpoint: parseEndpoint(server.url),
    region: server.region,
    credentials: () => Promise.resolve(account),
  });
  return { s3, name };
}

/**
 * Makes the sample bucket and the one it can be copied to, and fills the first; gives what is in
 * it.
 */
export async function fillSample(
  photos: S3Bucket,
  copies: S3Bucket,
): Promise<readonly DemoObject[]> {
  await createBucket(photos);
  await createBucket(copies);
  const objects = demoObjects();
  for (const object of objects) await upload(photos, object);
  return objects;
}
