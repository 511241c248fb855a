import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { FakeClient, lost, refused } from "../../test/support/fake-client.ts";
import { completeMultipartUpload } from "./complete-multipart-upload.ts";
import { completeUpload } from "./complete-upload.ts";
import { TransportError } from "./transport.ts";

const completed = {
  headers: { "x-amz-version-id": "v" },
  body: "<CompleteMultipartUploadResult><ETag>&quot;abc-2&quot;</ETag></CompleteMultipartUploadResult>",
};
const head = { headers: { etag: '"abc-2"', "content-length": "9", "x-amz-version-id": "v" } };
const parts = [
  { partNumber: 1, etag: "aa" },
  { partNumber: 2, etag: "bb" },
];

describe("completeMultipartUpload", () => {
  test("sends the parts, the size, the checksum and the condition", async () => {
    const s3 = new FakeClient([completed]);
    const written = await completeMultipartUpload(s3.bucket(), "k", {
      uploadId: "u",
      parts: [
        { partNumber: 1, etag: "aa", checksum: { algorithm: "CRC32", value: "AAAAAA==" } },
        { partNumber: 3, etag: "b&b" },
      ],
      size: 9,
      checksum: { algorithm: "CRC64NVME", type: "FULL_OBJECT", value: "AAAAAAAAAAA=" },
      ifNoneMatch: "*",
    });
    assert.deepEqual(s3.asked, ["POST /k?uploadId=u"]);
    assert.deepEqual(s3.sent, {
      "content-type": "application/xml",
      "if-none-match": "*",
      "x-amz-checksum-crc64nvme": "AAAAAAAAAAA=",
      "x-amz-checksum-type": "FULL_OBJECT",
      "x-amz-mp-object-size": "9",
    });
    assert.equal(
      s3.sentBody,
      '<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">' +
        "<Part><PartNumber>1</PartNumber><ETag>&quot;aa&quot;</ETag>" +
        "<ChecksumCRC32>AAAAAA==</ChecksumCRC32></Part>" +
        "<Part><PartNumber>3</PartNumber><ETag>&quot;b&amp;b&quot;</ETag></Part>" +
        "</CompleteMultipartUpload>",
    );
    assert.deepEqual(written, { etag: "abc-2", versionId: "v", encryption: "none" });
  });
});

describe("completeUpload", () => {
  const run = (s3: FakeClient, etag: string | undefined = "abc-2") =>
    completeUpload(s3.bucket(), "k", { uploadId: "u", parts }, { etag, size: 9 });
  const written = { etag: "abc-2", versionId: "v", encryption: "none" };

  test("takes one request, which says how large the object must be", async () => {
    const s3 = new FakeClient([completed]);
    assert.deepEqual(await run(s3), written);
    assert.deepEqual(s3.asked, ["POST /k?uploadId=u"]);
    assert.equal(s3.sent["x-amz-mp-object-size"], "9");
  });

  test("asks the object where the server leaves its ETag out", async () => {
    const body = "<CompleteMultipartUploadResult><ETag/></CompleteMultipartUploadResult>";
    const s3 = new FakeClient([{ ...completed, body }, head]);
    assert.deepEqual(await run(s3), written);
    assert.deepEqual(s3.asked, ["POST /k?uploadId=u", "HEAD /k?versionId=v"]);
  });

  const doubts = [
    { name: "the upload is gone", error: refused("NoSuchUpload", 404) },
    { name: "a server says so by a status alone", error: refused("NoSuchKey", 404) },
    { name: "the answer was lost", error: lost() },
    { name: "the server failed", error: refused("InternalError", 500) },
  ];
  for (const { name, error } of doubts) {
    test(`succeeds when ${name} and the object is there`, async () => {
      const s3 = new FakeClient([error, head]);
      assert.deepEqual(await run(s3), written);
      assert.deepEqual(s3.asked, ["POST /k?uploadId=u", "HEAD /k"]);
    });

    const others = [
      { what: "there is no object", answer: refused("NoSuchKey", 404) },
      {
        what: "another object is there",
        answer: { headers: { ...head.headers, etag: '"abc-3"' } },
      },
      {
        what: "an object of another size is there",
        answer: { headers: { ...head.headers, "content-length": "8" } },
      },
    ];
    for (const { what, answer } of others) {
      test(`fails as it did when ${name} and ${what}`, async () => {
        await assert.rejects(run(new FakeClient([error, answer])), error);
      });
    }

    test(`fails when ${name} and nothing tells what the object must be`, async () => {
      const s3 = new FakeClient([error]);
      const complete = { uploadId: "u", parts };
      await assert.rejects(
        completeUpload(s3.bucket(), "k", complete, { etag: undefined, size: 9 }),
        error,
      );
      assert.equal(s3.requests.length, 1);
    });
  }

  const answers = [
    { name: "refused parts", error: refused("InvalidPart", 400) },
    { name: "a changed target", error: refused("PreconditionFailed", 412) },
    {
      name: "a refused connection",
      error: new TransportError("ECONNREFUSED", "refused", "unsent"),
    },
  ];
  for (const { name, error } of answers) {
    test(`fails for ${name} without another request`, async () => {
      const s3 = new FakeClient([error, head]);
      await assert.rejects(run(s3), error);
      assert.equal(s3.requests.length, 1);
    });
  }
});
