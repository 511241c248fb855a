import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { FakeClient } from "../../test/support/fake-client.ts";
import { listParts } from "./list-parts.ts";
import { UnexpectedReplyError } from "./unexpected-reply.ts";

const part = "<Part><PartNumber>2</PartNumber><ETag>&quot;ab&quot;</ETag><Size>5</Size></Part>";

describe("listParts", () => {
  test("gives the parts and the marker of the next page", async () => {
    const s3 = new FakeClient([
      {
        body:
          "<ListPartsResult><IsTruncated>true</IsTruncated>" +
          "<NextPartNumberMarker>7</NextPartNumberMarker>" +
          `${part}<Part><PartNumber>7</PartNumber><ETag>cd</ETag><Size>0</Size>` +
          "<ChecksumSHA256>YQ==</ChecksumSHA256></Part></ListPartsResult>",
      },
    ]);
    const query = { uploadId: "u", partNumberMarker: 1, maxParts: 2 };
    assert.deepEqual(await listParts(s3.bucket(), "k", query), {
      parts: [
        { partNumber: 2, etag: "ab", size: 5, checksum: undefined },
        {
          partNumber: 7,
          etag: "cd",
          size: 0,
          checksum: { algorithm: "SHA256", type: undefined, value: "YQ==" },
        },
      ],
      next: 7,
    });
    assert.deepEqual(s3.asked, ["GET /k?uploadId=u&part-number-marker=1&max-parts=2"]);
  });

  test("has no marker after the last page", async () => {
    const s3 = new FakeClient([
      {
        body: `<ListPartsResult><NextPartNumberMarker>2</NextPartNumberMarker><IsTruncated>false</IsTruncated>${part}</ListPartsResult>`,
      },
    ]);
    const { parts, next } = await listParts(s3.bucket(), "k", { uploadId: "u" });
    assert.deepEqual([parts.length, next], [1, undefined]);
    assert.deepEqual(s3.asked, ["GET /k?uploadId=u"]);
  });

  const broken = [
    { name: "a part without a number", xml: part.replace("2", "") },
    { name: "a part without a size", xml: part.replace("<Size>5</Size>", "") },
    { name: "more to come without a marker", xml: "<IsTruncated>true</IsTruncated>" },
    {
      name: "more to come from where it began",
      xml: "<IsTruncated>true</IsTruncated><NextPartNumberMarker>0</NextPartNumberMarker>",
    },
  ];
  for (const { name, xml } of broken) {
    test(`fails for ${name}`, async () => {
      const s3 = new FakeClient([{ body: `<ListPartsResult>${xml}</ListPartsResult>` }]);
      await assert.rejects(listParts(s3.bucket(), "k", { uploadId: "u" }), UnexpectedReplyError);
    });
  }
});
