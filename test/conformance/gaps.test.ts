/**
 * Proves the table of known gaps, in both directions: a server does what the table does not name, and what it names is
 * really missing. So a gap that a new version of a server closes is noticed, and the tests it held back run again.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { CreateBucketCommand, type S3Client } from "@aws-sdk/client-s3";

import { type Feature, gapOf } from "../support/gaps.ts";
import { newBucketName, type RunningServer, testServers } from "../support/servers.ts";
import { probes } from "./features/all.ts";
import { newClient } from "./features/probe.ts";

for (const candidate of testServers) {
  const { name } = candidate;
  describe(name, candidate.options, () => {
    let server: RunningServer;
    let s3: S3Client;
    before(async () => {
      server = await candidate.start();
      s3 = newClient(server, server.source);
    });
    after(async () => {
      s3.destroy();
      await server.stop();
    });

    for (const [feature, probe] of Object.entries(probes)) {
      const gap = gapOf(name, [feature as Feature]);
      test(gap === undefined ? `has ${feature}` : `lacks ${feature}: ${gap}`, async () => {
        const Bucket = newBucketName(server.source, "probe");
        await s3.send(new CreateBucketCommand({ Bucket }));
        assert.equal(await probe({ server, s3, Bucket }), gap === undefined);
      });
    }
  });
}
