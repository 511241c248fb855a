/** Two buckets of two accounts are proved equal, or not, on every server: by listings, by what the server keeps, and by bytes. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type ProofLevel, proofLevels } from "../../src/compare/prove-pair.ts";
import { verify } from "../../src/compare/verify.ts";
import { VerifySummary } from "../../src/compare/verify-summary.ts";
import { liveEntries } from "../../src/listing-sources/live-entries.ts";
import { createBucket } from "../../src/s3/bucket.ts";
import type { S3Bucket } from "../../src/s3/client.ts";
import { merge } from "../../src/stream/merge.ts";
import { collect } from "../../src/stream/pages.ts";
import { openBucket } from "../support/connect.ts";
import { newBucketName, type RunningServer, testServers } from "../support/servers.ts";
import { writeObject } from "../support/write-object.ts";

const mib = 2 ** 20;

for (const server of testServers) {
  describe(`verify on ${server.name}`, server.options, () => {
    let running: RunningServer;
    let source: S3Bucket;
    let target: S3Bucket;
    before(async () => {
      running = await server.start();
      source = openBucket(running, running.source, newBucketName(running.source));
      target = openBucket(running, running.target, newBucketName(running.target));
      await createBucket(source);
      await createBucket(target);
      const large = Buffer.alloc(6 * mib, "0123456789");
      const other = Buffer.from(large);
      other[5 * mib]!++;
      for (const bucket of [source, target]) {
        await writeObject(bucket, { key: "alike", body: Buffer.from("alike") });
        await writeObject(bucket, { key: "parts", body: large, parts: [5 * mib, mib] });
      }
      await writeObject(source, { key: "only", body: Buffer.from("1") });
      await writeObject(source, { key: "other bytes", body: large });
      await writeObject(target, { key: "other bytes", body: other });
      await writeObject(source, { key: "other parts", body: large, parts: [5 * mib, mib] });
      await writeObject(target, { key: "other parts", body: large });
    });
    after(async () => {
      await source.s3.close();
      await target.s3.close();
      await running.stop();
    });

    async function run(level: ProofLevel): Promise<readonly string[]> {
      const { signal } = new AbortController();
      const options = { ordered: true, signal };
      const rows = await collect(
        verify(merge(liveEntries(source, options), liveEntries(target, options)), {
          level,
          openBuckets: () => Promise.resolve({ source, target }),
          prefixes: { source: "", target: "" },
          concurrency: 4,
          signal,
          summary: new VerifySummary(),
        }),
      );
      return rows.map(({ key, attributes = {} }) => {
        const { change, code, at } = attributes;
        return [key, change ?? code, at].filter(Boolean).join(": ");
      });
    }

    for (const level of proofLevels) {
      test(`by ${level} tells what differs, and calls nothing equal or different that it cannot prove`, async () => {
        const rows = await run(level);
        const differing = ["only: added", "other bytes: changed"];
        if (level === "bytes") {
          assert.deepEqual(rows, [differing[0], `${differing[1]}: ${5 * mib}`]);
          return;
        }
        // Where the server keeps no checksum of the whole, other parts are no proof of anything.
        const unproved = rows.filter((row) => row !== "other parts: NoProof");
        assert.deepEqual(unproved, differing);
      });
    }
  });
}
