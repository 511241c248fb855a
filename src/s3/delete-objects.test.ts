import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, test } from "node:test";

import { FakeClient, refused } from "../../test/support/fake-client.ts";
import { deleteObject, deleteObjects } from "./delete-objects.ts";
import { UnexpectedReplyError } from "./unexpected-reply.ts";

const done = { body: '<?xml version="1.0"?><DeleteResult xmlns="urn:x"/>' };

describe("deleteObjects", () => {
  test("names the objects in one request, which says how to check it", async () => {
    const s3 = new FakeClient([done]);
    const failures = await deleteObjects(s3.bucket({ "x-amz-request-payer": "requester" }), [
      { key: " 0123 " },
      { key: `a&b<c>"d'` },
      { key: "\t\n\ré😀\ufeff" },
      { key: "v", versionId: "1&2", ifMatch: "abc" },
    ]);
    assert.deepEqual(failures, []);
    assert.deepEqual(s3.asked, ["POST /?delete"]);
    assert.equal(
      s3.sentBody,
      '<Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Quiet>true</Quiet>' +
        "<Object><Key> 0123 </Key></Object>" +
        "<Object><Key>a&amp;b&lt;c&gt;&quot;d'</Key></Object>" +
        "<Object><Key>&#9;&#10;&#13;é😀\ufeff</Key></Object>" +
        "<Object><Key>v</Key><VersionId>1&amp;2</VersionId><ETag>&quot;abc&quot;</ETag></Object>" +
        "</Delete>",
    );
    assert.deepEqual(s3.sent, {
      "content-md5": createHash("md5").update(s3.sentBody).digest("base64"),
      "content-type": "application/xml",
      "x-amz-request-payer": "requester",
    });
  });

  test("gives each object that was not deleted, and why", async () => {
    const s3 = new FakeClient([
      {
        body:
          "<DeleteResult><Error><Key>a&#13;</Key><VersionId>1</VersionId><Code>AccessDenied</Code>" +
          "<Message>Access Denied</Message></Error><Error><Key>b</Key></Error></DeleteResult>",
      },
    ]);
    const objects = [{ key: "a\r", versionId: "1" }, { key: "b" }, { key: "c" }];
    assert.deepEqual(await deleteObjects(s3.bucket(), objects), [
      { key: "a\r", versionId: "1", code: "AccessDenied", message: "Access Denied" },
      { key: "b", versionId: undefined, code: "UnknownError", message: "" },
    ]);
  });

  test("sends a request of its own for each key that XML cannot carry", async () => {
    const s3 = new FakeClient(({ key }) =>
      key === "b\u0001" ? refused("PreconditionFailed", 412) : done,
    );
    const objects = [
      { key: "a\u0000", versionId: "1" },
      { key: "b\u0001", ifMatch: "abc" },
      { key: "c\uffff" },
      { key: "d" },
    ];
    assert.deepEqual(await deleteObjects(s3.bucket(), objects), [
      {
        key: "b\u0001",
        versionId: undefined,
        code: "PreconditionFailed",
        message: "PreconditionFailed",
      },
    ]);
    assert.deepEqual(s3.asked, [
      "POST /?delete",
      "DELETE /a\u0000?versionId=1",
      "DELETE /b\u0001",
      "DELETE /c\uffff",
    ]);
  });

  test("sends no list when there is nothing for it", async () => {
    const s3 = new FakeClient([{ status: 204 }]);
    await deleteObjects(s3.bucket(), []);
    assert.deepEqual(s3.asked, []);
    await deleteObjects(s3.bucket(), [{ key: "\u0001" }]);
    assert.deepEqual(s3.asked, ["DELETE /\u0001"]);
  });

  const failures = [
    { name: "a bucket that is not there", answers: [refused("NoSuchBucket", 404)] },
    { name: "a bucket that is gone half-way", answers: [done, refused("NoSuchBucket", 404)] },
  ];
  for (const { name, answers } of failures) {
    test(`fails for ${name}`, async () => {
      const s3 = new FakeClient(answers);
      const work = deleteObjects(s3.bucket(), [{ key: "a" }, { key: "\u0001" }]);
      await assert.rejects(work, { code: "NoSuchBucket" });
    });
  }

  test("fails when the answer speaks of a key that nobody asked for", async () => {
    const body = "<DeleteResult><Error><Key>b</Key><Code>X</Code></Error></DeleteResult>";
    const work = deleteObjects(new FakeClient([{ body }]).bucket(), [{ key: "a" }]);
    await assert.rejects(work, UnexpectedReplyError);
  });

  test("takes no more objects than S3 does", async () => {
    const objects = Array.from({ length: 1001 }, (_, i) => ({ key: String(i) }));
    const s3 = new FakeClient([done]);
    await assert.rejects(deleteObjects(s3.bucket(), objects), RangeError);
    await deleteObjects(s3.bucket(), objects.slice(1));
    assert.equal(s3.requests.length, 1);
  });
});

test("deleteObject deletes a version of an object that is as it was", async () => {
  const s3 = new FakeClient([{ status: 204 }]);
  await deleteObject(s3.bucket(), { key: "a", versionId: "v", ifMatch: "abc" });
  assert.deepEqual([s3.asked, s3.sent], [["DELETE /a?versionId=v"], { "if-match": '"abc"' }]);
});
