import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
  S3ServiceException,
} from "@aws-sdk/client-s3";

import {
  type Account,
  newBucketName,
  type RunningServer,
  testServers,
} from "../support/servers.ts";
import { newClient } from "./features/probe.ts";

/** MD5 of "hello". */
const helloEtag = '"5d41402abc4b2a76b9719d911017c592"';

for (const server of testServers) {
  describe(server.name, server.options, () => {
    let running: RunningServer;
    const clients: S3Client[] = [];
    const clientOf = (account: Account): S3Client => {
      const client = newClient(running, account);
      clients.push(client);
      return client;
    };
    before(async () => {
      running = await server.start();
    });
    after(async () => {
      for (const client of clients) client.destroy();
      await running.stop();
    });

    for (const user of ["source", "target"] as const) {
      test(`lets the ${user} account use a bucket of its own`, async () => {
        const account = running[user];
        const s3 = clientOf(account);
        const Bucket = newBucketName(account);
        const Key = "a folder/é.txt";
        await s3.send(new CreateBucketCommand({ Bucket }));
        await s3.send(new PutObjectCommand({ Bucket, Key, Body: "hello" }));

        const head = await s3.send(new HeadObjectCommand({ Bucket, Key }));
        assert.equal(head.ETag, helloEtag);
        assert.equal(head.ContentLength, 5);
        const got = await s3.send(new GetObjectCommand({ Bucket, Key }));
        assert.equal(await got.Body?.transformToString(), "hello");
        const listed = await s3.send(new ListObjectsV2Command({ Bucket }));
        assert.deepEqual(
          listed.Contents?.map((entry) => [entry.Key, entry.ETag, entry.Size]),
          [[Key, helloEtag, 5]],
        );

        await s3.send(new DeleteObjectCommand({ Bucket, Key }));
        const left = await s3.send(new ListObjectsV2Command({ Bucket }));
        assert.equal(left.KeyCount, 0);
        await s3.send(new DeleteBucketCommand({ Bucket }));
      });
    }

    describe("with a private bucket", () => {
      let Bucket: string;
      const Key = "k";
      before(async () => {
        Bucket = newBucketName(running.source, "private");
        const owner = clientOf(running.source);
        await owner.send(new CreateBucketCommand({ Bucket }));
        await owner.send(new PutObjectCommand({ Bucket, Key, Body: "hello" }));
      });

      const attempts = [
        {
          name: "read",
          attempt: (s3: S3Client) => s3.send(new GetObjectCommand({ Bucket, Key })),
        },
        {
          name: "list",
          attempt: (s3: S3Client) => s3.send(new ListObjectsV2Command({ Bucket })),
        },
        {
          name: "overwrite",
          attempt: (s3: S3Client) => s3.send(new PutObjectCommand({ Bucket, Key, Body: "mine" })),
        },
        {
          name: "delete",
          attempt: (s3: S3Client) => s3.send(new DeleteObjectCommand({ Bucket, Key })),
        },
      ];
      for (const { name, attempt } of attempts) {
        test(`refuses the other account to ${name}`, async () => {
          await assert.rejects(attempt(clientOf(running.target)), isRefusal("AccessDenied"));
          const owner = clientOf(running.source);
          const head = await owner.send(new HeadObjectCommand({ Bucket, Key }));
          assert.equal(head.ETag, helloEtag, "the owner's object is as it was");
        });
      }

      test("refuses a secret that is not the account's", async () => {
        const impostor = { ...running.source, secretAccessKey: running.target.secretAccessKey };
        await assert.rejects(
          clientOf(impostor).send(new ListObjectsV2Command({ Bucket })),
          isRefusal("SignatureDoesNotMatch"),
        );
      });
    });
  });
}

function isRefusal(code: string): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof S3ServiceException, String(error));
    assert.deepEqual([error.name, error.$metadata.httpStatusCode], [code, 403]);
    return true;
  };
}
