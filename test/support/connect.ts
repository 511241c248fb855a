import { parseEndpoint } from "../../src/s3/address.ts";
import type { S3Bucket } from "../../src/s3/client.ts";
import { createS3Client, type S3ClientOptions } from "../../src/s3/create-client.ts";
import { wireTransport } from "../../src/http/wire.ts";
import type { Account, Endpoint } from "./servers/running.ts";

/** Opens a bucket of a server as one of its accounts sees it; `s3.close()` when done. */
export function openBucket(
  server: Pick<Endpoint, "url" | "region">,
  account: Pick<Account, "accessKeyId" | "secretAccessKey">,
  name: string,
  options: Partial<S3ClientOptions> = {},
): S3Bucket {
  const { accessKeyId, secretAccessKey } = account;
  const s3 = createS3Client({
    transport: wireTransport({ connections: 16, connectTimeoutMs: 10_000 }),
    endpoint: parseEndpoint(server.url),
    region: server.region,
    credentials: () => Promise.resolve({ accessKeyId, secretAccessKey }),
    addressing: "path",
    ...options,
  });
  return { s3, name };
}
