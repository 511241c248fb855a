import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { FakeClient } from "../../test/support/fake-client.ts";
import { listMultipartUploads } from "./list-multipart-uploads.ts";
import { UnexpectedReplyError } from "./unexpected-reply.ts";

const upload =
  "<Upload><Key>a+%2B</Key><UploadId>u&amp;1</UploadId><Initiated>2026-11-24T12:00:00.000Z</Initiated></Upload>";

describe("listMultipartUploads", () => {
  test("gives the uploads, the next page's markers and the server's time", async () => {
    const s3 = new FakeClient([
      {
        headers: { date: "Tue, 24 Nov 2026 12:00:10 GMT" },
        body:
          "<ListMultipartUploadsResult><EncodingType>url</EncodingType>" +
          "<IsTruncated>true</IsTruncated><NextKeyMarker>b%0A</NextKeyMarker>" +
          `<NextUploadIdMarker>m%0A</NextUploadIdMarker>${upload}</ListMultipartUploadsResult>`,
      },
    ]);
    const page = await listMultipartUploads(s3.bucket(), {
      prefix: "a ",
      keyMarker: "a",
      uploadIdMarker: "u",
      maxUploads: 5,
    });
    assert.deepEqual(page, {
      uploads: [{ key: "a +", uploadId: "u&1", initiated: "2026-11-24T12:00:00.000Z" }],
      next: { keyMarker: "b\n", uploadIdMarker: "m%0A" },
      answeredAtMs: Date.UTC(2026, 10, 24, 12, 0, 10),
    });
    assert.deepEqual(s3.asked, [
      "GET /?uploads&encoding-type=url&prefix=a &key-marker=a&upload-id-marker=u&max-uploads=5",
    ]);
  });

  test("leaves keys as they are where the server has not encoded them", async () => {
    const s3 = new FakeClient([
      {
        body: `<ListMultipartUploadsResult><IsTruncated>false</IsTruncated>${upload}</ListMultipartUploadsResult>`,
      },
    ]);
    const { uploads, next, answeredAtMs } = await listMultipartUploads(s3.bucket());
    assert.deepEqual([uploads[0]?.key, next, answeredAtMs], ["a+%2B", undefined, undefined]);
  });

  const broken = [
    { name: "an upload without a key", xml: upload.replace("a+%2B", "") },
    { name: "an upload without an id", xml: upload.replace("u&amp;1", "") },
    { name: "a key that is no text", xml: upload.replace("%2B", "%FF") },
    { name: "more to come without a marker", xml: "<IsTruncated>true</IsTruncated>" },
  ];
  for (const { name, xml } of broken) {
    test(`fails for ${name}`, async () => {
      const body = `<ListMultipartUploadsResult><EncodingType>url</EncodingType>${xml}</ListMultipartUploadsResult>`;
      const s3 = new FakeClient([{ body }]);
      await assert.rejects(listMultipartUploads(s3.bucket()), UnexpectedReplyError);
    });
  }
});
