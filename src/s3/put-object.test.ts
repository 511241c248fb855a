import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { FakeClient } from "../../test/support/fake-client.ts";
import { putObject } from "./put-object.ts";
import { uploadPart } from "./upload-part.ts";

const body = Buffer.from("hello");

describe("putObject", () => {
  test("sends the bytes, what they must be, and what must be there", async () => {
    const s3 = new FakeClient([{ headers: { etag: '"abc"' } }]);
    await putObject(s3.bucket({ "x-amz-request-payer": "requester" }), "a", {
      body,
      length: 5,
      headers: { "content-type": "text/plain", "x-amz-meta-a": "1", expires: undefined },
      contentMd5: "5d41402abc4b2a76b9719d911017c592",
      checksum: { algorithm: "CRC32C", value: "mnG7TA==" },
      ifMatch: "old",
      ifNoneMatch: "*",
    });
    assert.deepEqual(s3.asked, ["PUT /a"]);
    assert.deepEqual(s3.sent, {
      "content-md5": "XUFAKrxLKna5cZ2REBfFkg==",
      "content-type": "text/plain",
      "if-match": '"old"',
      "if-none-match": "*",
      "x-amz-checksum-crc32c": "mnG7TA==",
      "x-amz-meta-a": "1",
      "x-amz-request-payer": "requester",
    });
    assert.deepEqual([s3.requests[0]?.body, s3.requests[0]?.bodyLength], [body, 5]);
  });

  test("passes a stream on, with its length", async () => {
    const s3 = new FakeClient([{}]);
    async function* stream() {
      yield body;
    }
    await putObject(s3.bucket(), "a", { body: stream, length: 5 });
    assert.deepEqual([s3.requests[0]?.body, s3.requests[0]?.bodyLength], [stream, 5]);
    assert.deepEqual(s3.sent, {});
  });

  test("says what was written", async () => {
    const headers = {
      etag: '"abc"',
      "x-amz-version-id": "v",
      "x-amz-server-side-encryption": "aws:kms",
    };
    const s3 = new FakeClient([{ headers }]);
    const written = await putObject(s3.bucket(), "a", { body, length: 5 });
    assert.deepEqual(written, { etag: "abc", versionId: "v", encryption: "aws:kms" });
  });
});

describe("uploadPart", () => {
  test("sends a part's bytes to its upload and says what was written", async () => {
    const headers = { etag: '"abc"', "x-amz-checksum-sha1": "YQ==" };
    const s3 = new FakeClient([{ headers }]);
    const part = await uploadPart(s3.bucket(), "a", {
      uploadId: "u/+=",
      partNumber: 10000,
      body,
      length: 5,
      contentMd5: "5d41402abc4b2a76b9719d911017c592",
      checksum: { algorithm: "SHA1", value: "YQ==" },
    });
    assert.deepEqual(s3.asked, ["PUT /a?partNumber=10000&uploadId=u/+="]);
    assert.deepEqual(s3.sent, {
      "content-md5": "XUFAKrxLKna5cZ2REBfFkg==",
      "x-amz-checksum-sha1": "YQ==",
    });
    assert.deepEqual(part, {
      etag: "abc",
      encryption: "none",
      checksum: { algorithm: "SHA1", type: undefined, value: "YQ==" },
    });
  });
});
