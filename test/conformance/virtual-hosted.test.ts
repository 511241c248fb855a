import assert from "node:assert/strict";
import { test } from "node:test";

import { compareKeys } from "../../src/key.ts";
import { parseEndpoint } from "../../src/s3/address.ts";
import { createBucket } from "../../src/s3/bucket.ts";
import { getObject } from "../../src/s3/get-object.ts";
import { listObjects } from "../../src/s3/list-objects.ts";
import { putObject } from "../../src/s3/put-object.ts";
import type { Transport } from "../../src/s3/transport.ts";
import { undiciTransport } from "../../src/http/undici-transport.ts";
import { startServer } from "../../src/testing/server.ts";
import { openBucket } from "../support/connect.ts";
import { randomKey, seededRandom } from "../support/random.ts";
import { accounts, region } from "../support/servers/running.ts";

test("a bucket named in the host holds any key, and paths begin with it", async () => {
  const server = await startServer({ accounts: [accounts.source], region });
  const origins = new Set<string>();
  const { s3 } = openBucket(server, accounts.source, "", {
    endpoint: parseEndpoint(`http://localhost:${server.port}`),
    addressing: "virtual",
    transport: resolvingTo(server.url, origins),
  });
  const bucket = { s3, name: "photos" };
  await createBucket(bucket);

  const random = seededRandom(11);
  const keys = new Set(["photos/a", "photos", "/", "//", "../a", "?a", "a+b c"]);
  while (keys.size < 60) keys.add(randomKey(random));
  for (const key of keys) {
    const body = Buffer.from(`the body of ${key}`);
    await putObject(bucket, key, { body, length: body.length });
    const { reply } = await getObject(bucket, key);
    assert.deepEqual(await reply.bytes(), body, JSON.stringify(key));
  }
  const { objects } = await listObjects(bucket);
  assert.deepEqual(
    objects.map(({ key }) => key),
    [...keys].sort(compareKeys),
  );
  assert.deepEqual(server.store.keys("photos"), [...keys].sort(compareKeys));
  assert.deepEqual([...origins], [`http://photos.localhost:${server.port}`]);

  await s3.close();
  await server.close();
  assert.deepEqual(server.bugs, []);
});

/** Sends all to one address, as if names under localhost were known to the resolver. */
function resolvingTo(origin: string, asked: Set<string>): Transport {
  const transport = undiciTransport({ connections: 4, connectTimeoutMs: 10_000 });
  return {
    send(request) {
      asked.add(request.origin);
      return transport.send({ ...request, origin });
    },
    close: () => transport.close(),
  };
}
