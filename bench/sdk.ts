import { S3Client } from "@aws-sdk/client-s3";
import { accessKeyId, region, secretAccessKey } from "./keys.ts";

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
export function sdkClient(endpoint: string, concurrency: number): S3Client {
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
      httpAgent: { maxSockets: 2 * concurrency },
    },
  });
}
