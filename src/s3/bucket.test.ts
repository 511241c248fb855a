import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { FakeClient, refused } from "../../test/support/fake-client.ts";
import { createBucket, headBucket } from "./bucket.ts";

describe("a bucket", () => {
  test("says where it is", async () => {
    const s3 = new FakeClient([{ headers: { "x-amz-bucket-region": "eu-west-1" } }]);
    assert.deepEqual(await headBucket(s3.bucket({ "x-amz-expected-bucket-owner": "1" })), {
      region: "eu-west-1",
    });
    assert.deepEqual([s3.asked, s3.sent], [["HEAD /"], { "x-amz-expected-bucket-owner": "1" }]);
    assert.equal(s3.discarded.length, 1, "the connection is free again");
  });

  test("may not be there", async () => {
    const s3 = new FakeClient([refused("NoSuchBucket", 404)]);
    await assert.rejects(headBucket(s3.bucket()), { code: "NoSuchBucket" });
  });

  const regions = [
    { region: undefined, body: "" },
    { region: "us-east-1", body: "" },
    {
      region: "eu-west-1",
      body: '<CreateBucketConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><LocationConstraint>eu-west-1</LocationConstraint></CreateBucketConfiguration>',
    },
  ];
  for (const { region, body } of regions) {
    test(`is made in ${region ?? "the client's region"}`, async () => {
      const s3 = new FakeClient([{}]);
      assert.equal(await createBucket(s3.bucket(), { region }), "created");
      assert.deepEqual([s3.asked, s3.sentBody], [["PUT /"], body]);
    });
  }

  test("is not made twice", async () => {
    const s3 = new FakeClient([refused("BucketAlreadyOwnedByYou", 409)]);
    assert.equal(await createBucket(s3.bucket()), "exists");
    const taken = new FakeClient([refused("BucketAlreadyExists", 409)]);
    await assert.rejects(createBucket(taken.bucket()), { code: "BucketAlreadyExists" });
  });
});
