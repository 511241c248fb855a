import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { FakeClient, lost, refused } from "../../test/support/fake-client.ts";
import { S3Error } from "./error.ts";
import { listObjects } from "./list-objects.ts";
import { UnexpectedReplyError } from "./unexpected-reply.ts";

const empty = "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>";

describe("listObjects", () => {
  test("asks for percent-encoded keys, and for what it is told", async () => {
    const s3 = new FakeClient([{ body: empty }]);
    await listObjects(s3.bucket({ "x-amz-request-payer": "requester" }), {
      prefix: "a b/",
      delimiter: "/",
      startAfter: "a b/é",
      continuationToken: "t=",
      maxKeys: 7,
      restoreStatus: true,
    });
    assert.deepEqual(s3.requests[0]?.query, {
      "list-type": "2",
      "encoding-type": "url",
      prefix: "a b/",
      delimiter: "/",
      "start-after": "a b/é",
      "continuation-token": "t=",
      "max-keys": "7",
    });
    assert.deepEqual(s3.sent, {
      "x-amz-optional-object-attributes": "RestoreStatus",
      "x-amz-request-payer": "requester",
    });
  });

  test("sends nothing for what is empty", async () => {
    const s3 = new FakeClient([{ body: empty }]);
    await listObjects(s3.bucket(), { prefix: "", delimiter: "", startAfter: "" });
    assert.deepEqual(s3.asked, ["GET /?list-type=2&encoding-type=url"]);
    assert.deepEqual(s3.sent, {});
  });

  test("gives the page", async () => {
    const s3 = new FakeClient([{ body: empty }]);
    const { objects, commonPrefixes, nextToken } = await listObjects(s3.bucket());
    assert.deepEqual([objects, commonPrefixes, nextToken], [[], [], undefined]);
  });

  const failures = [
    { name: "a bucket that is not there", answer: refused("NoSuchBucket", 404), error: S3Error },
    { name: "what is no list", answer: { body: "<html></html>" }, error: UnexpectedReplyError },
    {
      name: "a list that is broken within",
      answer: { body: empty.replace("false", "no") },
      error: UnexpectedReplyError,
    },
  ];
  for (const { name, answer, error } of failures) {
    test(`fails for ${name}`, async () => {
      const s3 = new FakeClient(() => answer);
      await assert.rejects(listObjects(s3.bucket()), error);
      assert.equal(s3.requests.length, 1);
    });
  }

  test("asks again for a list that was cut, and fails when it always is", async () => {
    const cut = { body: empty.slice(0, 40) };
    const s3 = new FakeClient([cut, { body: empty }]);
    assert.deepEqual((await listObjects(s3.bucket())).objects, []);
    assert.equal(s3.requests.length, 2);
    await assert.rejects(listObjects(new FakeClient(() => cut).bucket()), { code: "CUT_REPLY" });
  });

  test("asks again after a lost answer", async () => {
    const s3 = new FakeClient([lost(), { body: empty }]);
    await listObjects(s3.bucket());
    assert.equal(s3.requests.length, 2);
  });
});
