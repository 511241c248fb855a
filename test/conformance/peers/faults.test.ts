import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { after, afterEach, before, describe, test } from "node:test";

import { createBucket } from "../../../src/s3/bucket.ts";
import { putObject } from "../../../src/s3/put-object.ts";
import type { Fault } from "../../../src/testing/server.ts";
import { openBucket } from "../../support/connect.ts";
import { describeTree, readTree, seededBytes, writeTree } from "../../support/file-tree.ts";
import { needsPeers, openPeerHome, succeeded } from "../../support/peers.ts";
import type { PeerHome, PeerName } from "../../support/peers.ts";
import { accounts } from "../../support/servers/running.ts";

/** What a peer does while the server fails. */
type Work = "upload" | "download" | "copy";

interface Case {
  readonly name: string;
  readonly work: Work;
  readonly fault: Fault & Required<Pick<Fault, "operation">>;
  /** Requests of the fault's operation that this takes, at least: proof that the fault struck. */
  readonly requests: number;
}

/** Each fault strikes twice. Peers try again, as they know S3: so to them it must look as S3's. */
const cases: readonly Case[] = [
  {
    name: "503 SlowDown",
    work: "upload",
    fault: { kind: "slowDown", operation: "PutObject" },
    requests: 4,
  },
  {
    name: "500 to a part",
    work: "upload",
    fault: { kind: "internalError", operation: "UploadPart" },
    requests: 4,
  },
  {
    name: "a reset before a PUT is done",
    work: "upload",
    fault: { kind: "resetBefore", operation: "PutObject" },
    requests: 4,
  },
  {
    name: "a reset after a PUT is done",
    work: "upload",
    fault: { kind: "resetAfter", operation: "PutObject" },
    requests: 4,
  },
  {
    name: "an error inside the 200 that completes an upload",
    work: "upload",
    fault: { kind: "errorInside200", operation: "CompleteMultipartUpload" },
    requests: 3,
  },
  {
    name: "white space before the answer that completes an upload",
    work: "upload",
    fault: { kind: "early200", operation: "CompleteMultipartUpload", delayMs: 100 },
    requests: 1,
  },
  {
    name: "a body that is cut short",
    work: "download",
    fault: { kind: "cutBody", operation: "GetObject" },
    requests: 5,
  },
  {
    name: "an error inside the 200 of a copy",
    work: "copy",
    fault: { kind: "errorInside200", operation: "CopyObject" },
    requests: 4,
  },
];

/** What each peer is told, in words separated by single spaces. */
const commands: Readonly<Record<PeerName, Readonly<Record<Work, string>>>> = {
  aws: {
    upload: "s3 cp --recursive --only-show-errors tree s3://BUCKET/up",
    download: "s3 cp --recursive --only-show-errors s3://BUCKET/tree down",
    copy: "s3 cp --recursive --only-show-errors s3://BUCKET/tree/few s3://BUCKET/copy",
  },
  rclone: {
    upload: "copy tree source:BUCKET/up --s3-upload-cutoff 5M",
    download: "copy source:BUCKET/tree down",
    copy: "copy source:BUCKET/tree/few source:BUCKET/copy",
  },
  s5cmd: {
    upload: "cp --part-size 5 tree/ s3://BUCKET/up/",
    download: "cp s3://BUCKET/tree/* down/",
    copy: "cp s3://BUCKET/tree/few/* s3://BUCKET/copy/",
  },
};

const few = new Map(["a", "b"].map((name) => [name, seededBytes(name, 1000)]));
const tree = new Map([
  ["large", seededBytes("large", 11 * 2 ** 20)],
  ...Array.from(few, ([name, body]) => [`few/${name}`, body] as const),
]);

for (const peer of ["aws", "rclone", "s5cmd"] as const) {
  describe(`${peer} is not put off by`, needsPeers(peer), () => {
    let home: PeerHome;

    before(async () => {
      home = await openPeerHome({ attempts: 5 });
      await writeTree(join(home.directory, "tree"), tree);
    });
    afterEach(() => home.server.faults.clear());
    after(() => home.close());

    for (const [index, { name, work, fault, requests }] of cases.entries()) {
      test(name, async () => {
        const bucket = `source-${index}`;
        await fill(bucket);
        home.takeRequests();
        home.server.faults.add({ ...fault, count: 2 });
        const command = commands[peer][work].replaceAll("BUCKET", bucket);
        succeeded(await home.run(peer, command.split(" ")));

        const sent = home.takeRequests()[fault.operation] ?? 0;
        assert.ok(sent >= requests, `${sent} requests`);
        const down = join(home.directory, "down");
        const found = {
          upload: () => home.stored(bucket, "up/"),
          download: () => readTree(down),
          copy: () => home.stored(bucket, "copy/"),
        };
        const expected = work === "copy" ? few : tree;
        assert.deepEqual(describeTree(await found[work]()), describeTree(expected));
        await rm(down, { recursive: true, force: true });
      });
    }

    /** Makes a bucket with the tree in it. */
    async function fill(name: string): Promise<void> {
      const bucket = openBucket(home.server, accounts.source, name);
      await createBucket(bucket);
      for (const [path, body] of tree) {
        await putObject(bucket, `tree/${path}`, { body, length: body.length });
      }
      await bucket.s3.close();
    }
  });
}
