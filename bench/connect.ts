import { tmpdir } from "node:os";

import { Counters } from "../src/counters.ts";
import { connectBucket, sharedTransports, type ConnectedBucket } from "../src/s3/connect.ts";
import type { StageContext } from "../src/stage.ts";
import { accessKeyId, region, secretAccessKey } from "./keys.ts";
import type { Server } from "./server.ts";

/** Buckets of one endpoint, connected to as the commands do it: with retries, timeouts and signatures. */
export async function connect(
  { endpoint, caFile }: Server,
  concurrency: number,
  names: readonly string[],
): Promise<ConnectedBucket[]> {
  const transport = sharedTransports();
  const env = {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_CA_BUNDLE: caFile,
    CAMPANILE_HTTP: process.env["CAMPANILE_HTTP"],
  };
  // An empty home: nobody's own configuration is to change what is measured.
  const surroundings = { env, home: "/nonexistent", cwd: tmpdir() };
  const warn = (text: string): void => {
    throw new Error(text);
  };
  return Promise.all(
    names.map((bucket) =>
      connectBucket({ ...surroundings, bucket, endpoint, region, concurrency, transport, warn }),
    ),
  );
}

/** What a stage is given besides its buckets. */
export function stageContext(concurrency: number): StageContext {
  return { counters: new Counters(), concurrency, signal: new AbortController().signal };
}
