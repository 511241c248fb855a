import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { FakeClient, refused } from "../../test/support/fake-client.ts";
import { getObject } from "./get-object.ts";
import { headObject } from "./head-object.ts";
import { UnexpectedReplyError } from "./unexpected-reply.ts";

const whole = { headers: { "content-length": "10", etag: '"abc"' }, body: "0123456789" };

describe("headObject", () => {
  test("says which object, version and part it is about, and asks for checksums", async () => {
    const s3 = new FakeClient([whole]);
    const head = await headObject(s3.bucket({ "x-amz-expected-bucket-owner": "1" }), "a b", {
      ifMatch: "abc",
      versionId: "v",
      partNumber: 2,
      checksums: true,
      headers: { "x-amz-server-side-encryption-customer-algorithm": "AES256" },
    });
    assert.deepEqual(s3.asked, ["HEAD /a b?partNumber=2&versionId=v"]);
    assert.deepEqual(s3.sent, {
      "if-match": '"abc"',
      "x-amz-checksum-mode": "ENABLED",
      "x-amz-expected-bucket-owner": "1",
      "x-amz-server-side-encryption-customer-algorithm": "AES256",
    });
    assert.deepEqual([head.etag, head.size], ["abc", 10]);
    assert.equal(s3.discarded.length, 1, "the connection is free again");
  });

  test("says nothing of what it is not told", async () => {
    const s3 = new FakeClient([whole]);
    await headObject(s3.bucket(), "a");
    assert.deepEqual([s3.asked, s3.sent], [["HEAD /a"], {}]);
  });
});

describe("getObject", () => {
  test("gives the head, and the body unread", async () => {
    const s3 = new FakeClient([whole]);
    const { head, reply } = await getObject(s3.bucket(), "a", { ifMatch: "abc", partNumber: 1 });
    assert.deepEqual([s3.asked, s3.sent], [["GET /a?partNumber=1"], { "if-match": '"abc"' }]);
    assert.equal(head.size, 10);
    assert.equal(s3.discarded.length, 0);
    assert.equal((await reply.bytes()).toString(), "0123456789");
  });

  test("refuses another object from a server that takes no notice of If-Match", async () => {
    const changed = { code: "PreconditionFailed", status: 412 };
    const s3 = new FakeClient([whole, whole]);
    await assert.rejects(getObject(s3.bucket(), "a", { ifMatch: "another" }), changed);
    assert.equal(s3.discarded.length, 1, "the connection is free again");
    await assert.rejects(headObject(s3.bucket(), "a", { ifMatch: "another" }), changed);
  });

  test("asks for a range with both ends in it", async () => {
    const headers = { "content-length": "3", "content-range": "bytes 2-4/10" };
    const s3 = new FakeClient([{ status: 206, headers, body: "234" }]);
    const { head } = await getObject(s3.bucket(), "a", { range: { first: 2, last: 4 } });
    assert.deepEqual(s3.sent, { range: "bytes=2-4" });
    assert.deepEqual(head.range, { first: 2, last: 4, size: 10 });
  });

  test("takes the whole object where the range is all of it", async () => {
    const s3 = new FakeClient([whole]);
    const { head } = await getObject(s3.bucket(), "a", { range: { first: 0, last: 9 } });
    assert.equal(head.size, 10);
  });

  const others = [
    { name: "the whole object", answer: whole },
    {
      name: "a shorter range",
      answer: { status: 206, headers: { "content-length": "2", "content-range": "bytes 2-3/4" } },
    },
    {
      name: "another range",
      answer: { status: 206, headers: { "content-length": "3", "content-range": "bytes 0-2/10" } },
    },
    { name: "no length", answer: { headers: {} } },
  ];
  for (const { name, answer } of others) {
    test(`refuses ${name} in place of the range it asked for, and frees the connection`, async () => {
      const s3 = new FakeClient([answer]);
      const got = getObject(s3.bucket(), "a", { range: { first: 2, last: 4 } });
      await assert.rejects(got, UnexpectedReplyError);
      assert.equal(s3.discarded.length, 1);
    });
  }

  test("passes on S3's error", async () => {
    const s3 = new FakeClient([refused("PreconditionFailed", 412)]);
    await assert.rejects(getObject(s3.bucket(), "a"), { code: "PreconditionFailed" });
  });
});
