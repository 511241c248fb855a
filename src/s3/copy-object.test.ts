import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { FakeClient } from "../../test/support/fake-client.ts";
import { copyObject } from "./copy-object.ts";
import { uploadPartCopy } from "./upload-part.ts";
import { UnexpectedReplyError } from "./unexpected-reply.ts";

const copied = {
  body: ' \n <?xml version="1.0"?><CopyObjectResult><ETag>&quot;abc&quot;</ETag></CopyObjectResult>',
};

describe("copyObject", () => {
  const sources = [
    { key: "a", sent: "/src/a" },
    { key: "a/b c+d%é", sent: "/src/a/b%20c%2Bd%25%C3%A9" },
    { key: "/a//../b", sent: "/src//a//../b" },
    { key: "a?b=c#d", sent: "/src/a%3Fb%3Dc%23d" },
    { key: "!'()*~", sent: "/src/%21%27%28%29%2A~" },
    { key: "\n\u0001\ufeff", sent: "/src/%0A%01%EF%BB%BF" },
    { key: "a", versionId: "v+/=", sent: "/src/a?versionId=v%2B%2F%3D" },
  ];
  for (const { key, versionId, sent } of sources) {
    test(`names its source ${sent}`, async () => {
      const s3 = new FakeClient([copied]);
      await copyObject(s3.bucket(), "t", { source: { bucket: "src", key, versionId } });
      assert.deepEqual([s3.asked, s3.sent], [["PUT /t"], { "x-amz-copy-source": sent }]);
    });
  }

  test("sends conditions, directives and headers", async () => {
    const s3 = new FakeClient([copied]);
    await copyObject(s3.bucket({ "x-amz-request-payer": "requester" }), "t", {
      source: { bucket: "src", key: "a", ifMatch: "old" },
      metadataDirective: "REPLACE",
      taggingDirective: "COPY",
      checksumAlgorithm: "CRC64NVME",
      ifMatch: "there",
      headers: { "x-amz-storage-class": "GLACIER" },
    });
    assert.deepEqual(s3.sent, {
      "if-match": '"there"',
      "x-amz-checksum-algorithm": "CRC64NVME",
      "x-amz-copy-source": "/src/a",
      "x-amz-copy-source-if-match": '"old"',
      "x-amz-metadata-directive": "REPLACE",
      "x-amz-request-payer": "requester",
      "x-amz-storage-class": "GLACIER",
      "x-amz-tagging-directive": "COPY",
    });
  });

  const replies = [
    { name: "in quotes", xml: '<ETag>"abc"</ETag>' },
    { name: "in escaped quotes", xml: "<ETag>&quot;abc&quot;</ETag>" },
    { name: "without quotes", xml: "<ETag>abc</ETag>" },
  ];
  for (const { name, xml } of replies) {
    test(`takes the ETag ${name} from the document`, async () => {
      const s3 = new FakeClient([
        {
          headers: { "x-amz-version-id": "v", "x-amz-server-side-encryption": "AES256" },
          body: `<CopyObjectResult>${xml}<ChecksumType>FULL_OBJECT</ChecksumType><ChecksumCRC32>AAAAAA==</ChecksumCRC32></CopyObjectResult>`,
        },
      ]);
      assert.deepEqual(await copyObject(s3.bucket(), "t", { source: { bucket: "b", key: "k" } }), {
        etag: "abc",
        versionId: "v",
        encryption: "AES256",
        checksum: { algorithm: "CRC32", type: "FULL_OBJECT", value: "AAAAAA==" },
      });
    });
  }

  test("fails for a document that is not a copy's", async () => {
    const s3 = new FakeClient([{ body: "<Oops/>" }]);
    await assert.rejects(
      copyObject(s3.bucket(), "t", { source: { bucket: "b", key: "k" } }),
      UnexpectedReplyError,
    );
  });
});

describe("uploadPartCopy", () => {
  test("copies a range of the source into a part", async () => {
    const body = '<CopyPartResult><ETag>"abc"</ETag></CopyPartResult>';
    const s3 = new FakeClient([{ body }]);
    const part = await uploadPartCopy(s3.bucket(), "t", {
      uploadId: "u",
      partNumber: 2,
      source: { bucket: "src", key: "a b", ifMatch: "old" },
      range: { first: 8388608, last: 16777215 },
    });
    assert.deepEqual(s3.asked, ["PUT /t?partNumber=2&uploadId=u"]);
    assert.deepEqual(s3.sent, {
      "x-amz-copy-source": "/src/a%20b",
      "x-amz-copy-source-if-match": '"old"',
      "x-amz-copy-source-range": "bytes=8388608-16777215",
    });
    assert.deepEqual(part, { etag: "abc", encryption: "none", checksum: undefined });
  });

  test("copies all of a source that is too small for ranges", async () => {
    const s3 = new FakeClient([{ body: "<CopyPartResult><ETag>abc</ETag></CopyPartResult>" }]);
    const source = { bucket: "src", key: "a" };
    await uploadPartCopy(s3.bucket(), "t", { uploadId: "u", partNumber: 1, source });
    assert.deepEqual(s3.sent, { "x-amz-copy-source": "/src/a" });
  });
});
