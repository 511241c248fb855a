import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { FakeClient } from "../../test/support/fake-client.ts";
import { listMultipartUploads } from "./list-multipart-uploads.ts";
import { UnexpectedReplyError } from "./unexpected-reply.ts";

const upload =
  "<Upload><Key>a+%2B&#1;&#13;</Key><UploadId>u&amp;1</UploadId><Initiated>2026-11-24T12:00:00.000Z</Initiated></Upload>";

describe("listMultipartUploads", () => {
  test("gives the uploads, the next page's markers and the server's time", async () => {
    const s3 = new FakeClient([
      {
        headers: { date: "Tue, 24 Nov 2026 12:00:10 GMT" },
        body:
          "<ListMultipartUploadsResult><IsTruncated>true</IsTruncated>" +
          "<NextKeyMarker>b%0A</NextKeyMarker>" +
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
      uploads: [{ key: "a+%2B\u0001\r", uploadId: "u&1", initiated: "2026-11-24T12:00:00.000Z" }],
      next: { keyMarker: "b%0A", uploadIdMarker: "m%0A" },
      answeredAtMs: Date.UTC(2026, 10, 24, 12, 0, 10),
    });
    assert.deepEqual(s3.asked, [
      "GET /?uploads&prefix=a &key-marker=a&upload-id-marker=u&max-uploads=5",
    ]);
  });

  test("gives keys as they are, and has no markers after the last page", async () => {
    const body = `<ListMultipartUploadsResult><IsTruncated>false</IsTruncated><NextKeyMarker>x</NextKeyMarker>${upload}</ListMultipartUploadsResult>`;
    const s3 = new FakeClient([{ body }]);
    const { uploads, next, answeredAtMs } = await listMultipartUploads(s3.bucket());
    assert.deepEqual(
      [uploads[0]?.key, next, answeredAtMs],
      ["a+%2B\u0001\r", undefined, undefined],
    );
    assert.deepEqual(s3.asked, ["GET /?uploads"]);
  });

  const broken = [
    { name: "an upload without a key", xml: upload.replace("a+%2B&#1;&#13;", "") },
    { name: "an upload without an id", xml: upload.replace("u&amp;1", "") },
    { name: "more to come without a marker", xml: "<IsTruncated>true</IsTruncated>" },
  ];
  for (const { name, xml } of broken) {
    test(`fails for ${name}`, async () => {
      const body = `<ListMultipartUploadsResult>${xml}</ListMultipartUploadsResult>`;
      const s3 = new FakeClient([{ body }]);
      await assert.rejects(listMultipartUploads(s3.bucket()), UnexpectedReplyError);
    });
  }
});
