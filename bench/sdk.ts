import { S3Client } from "@aws-sdk/client-s3";

import { accessKeyId, region, secretAccessKey } from "./keys.ts";
import type { Server } from "./server.ts";

export {
  CopyObjectCommand,
  GetObjectCommand,
  paginateListObjectsV2,
  PutObjectCommand,
} from "@aws-sdk/client-s3";

/**
 * The AWS SDK's client at its best: enough connections, and no checksums that our client does not compute either. Imported only
 * where it is measured, for it takes tens of megabytes.
 */
export function sdkClient({ endpoint }: Server, concurrency: number): S3Client {
  const maxSockets = 2 * concurrency;
  return new S3Client({
    endpoint,
    region,
    credentials: { accessKeyId, secretAccessKey },
    forcePathStyle: true,
    maxAttempts: 10,
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    requestHandler: {
      connectionTimeout: 10_000,
      socketTimeout: 30_000,
      httpAgent: { maxSockets },
      httpsAgent: { maxSockets },
    },
  });
}
