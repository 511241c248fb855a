import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { type FakeAnswer, FakeClient, refused } from "../../test/support/fake-client.ts";
import { abortMultipartUpload } from "./abort-multipart-upload.ts";
import { UnexpectedReplyError } from "./unexpected-reply.ts";

const abort = "DELETE /k?uploadId=u";
const look = "GET /k?uploadId=u&max-parts=1";
const aborted: FakeAnswer = { status: 204 };
const gone = refused("NoSuchUpload", 404);
const none = { body: "<ListPartsResult><IsTruncated>false</IsTruncated></ListPartsResult>" };
const one = {
  body: "<ListPartsResult><IsTruncated>true</IsTruncated><NextPartNumberMarker>1</NextPartNumberMarker><Part><PartNumber>1</PartNumber><ETag>&quot;a&quot;</ETag><Size>5</Size></Part></ListPartsResult>",
};

describe("abortMultipartUpload", () => {
  const cases: readonly {
    readonly name: string;
    readonly answers: readonly FakeAnswer[];
    readonly asked: readonly string[];
  }[] = [
    { name: "looks whether the upload is gone", answers: [aborted, gone], asked: [abort, look] },
    {
      name: "is done when the upload has no parts",
      answers: [aborted, none],
      asked: [abort, look],
    },
    { name: "is done when the upload was gone before", answers: [gone], asked: [abort] },
    {
      name: "is done when a status alone says that it is gone",
      answers: [aborted, refused("NoSuchKey", 404)],
      asked: [abort, look],
    },
    {
      name: "aborts again while parts arrive",
      answers: [aborted, one, aborted, one, aborted, gone],
      asked: [abort, look, abort, look, abort, look],
    },
    {
      name: "is done when it is gone the second time",
      answers: [aborted, one, gone],
      asked: [abort, look, abort],
    },
    {
      name: "takes the abort for done when it may not look",
      answers: [aborted, refused("AccessDenied", 403)],
      asked: [abort, look],
    },
  ];
  for (const { name, answers, asked } of cases) {
    test(name, async () => {
      const s3 = new FakeClient(answers);
      await abortMultipartUpload(s3.bucket(), "k", { uploadId: "u" });
      assert.deepEqual(s3.asked, asked);
    });
  }

  test("gives up when parts never end", async () => {
    const s3 = new FakeClient(({ method }) => (method === "GET" ? one : aborted));
    const work = abortMultipartUpload(s3.bucket(), "k", { uploadId: "u" });
    await assert.rejects(work, UnexpectedReplyError);
    assert.equal(s3.requests.length, 10);
  });

  test("fails when it is refused", async () => {
    const bucketless = new FakeClient([refused("NoSuchBucket", 404)]);
    await assert.rejects(abortMultipartUpload(bucketless.bucket(), "k", { uploadId: "u" }), {
      code: "NoSuchBucket",
    });
    const s3 = new FakeClient([refused("AccessDenied", 403)]);
    const work = abortMultipartUpload(s3.bucket(), "k", { uploadId: "u" });
    await assert.rejects(work, { code: "AccessDenied" });
  });
});
