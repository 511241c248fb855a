import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { carriedHeaders, type ObjectHead, objectHeadOf } from "./object-head.ts";
import { UnexpectedReplyError } from "./unexpected-reply.ts";

describe("an object's head", () => {
  test("of a plain object says what S3 leaves out", () => {
    const headers = { etag: '"abc"', "content-length": "0" };
    assert.deepEqual(head(headers), {
      etag: "abc",
      size: 0,
      range: undefined,
      partsCount: undefined,
      versionId: undefined,
      lastModified: undefined,
      storageClass: "STANDARD",
      restore: undefined,
      archiveStatus: undefined,
      encryption: "none",
      checksum: undefined,
      tagCount: 0,
      missingMetadata: 0,
      headers,
    });
  });

  test("of a part has the part's length and place", () => {
    const part = head({
      "content-length": "5",
      "content-range": "bytes 5-9/12",
      "x-amz-mp-parts-count": "3",
    });
    assert.equal(part.size, 5);
    assert.deepEqual(part.range, { first: 5, last: 9, size: 12 });
    assert.equal(part.partsCount, 3);
  });

  test("has its length by its range where no length is sent", () => {
    assert.equal(head({ "content-range": "bytes 5-9/12" }).size, 5);
  });

  const fields: readonly {
    readonly name: string;
    readonly headers: Record<string, string>;
    readonly found: Partial<ObjectHead>;
  }[] = [
    {
      name: "when it was written",
      headers: { "last-modified": "Tue, 24 Nov 2026 17:32:03 GMT" },
      found: { lastModified: "2026-11-24T17:32:03Z" },
    },
    {
      name: "that it is archived",
      headers: {
        "x-amz-storage-class": "INTELLIGENT_TIERING",
        "x-amz-archive-status": "ARCHIVE_ACCESS",
      },
      found: { storageClass: "INTELLIGENT_TIERING", archiveStatus: "ARCHIVE_ACCESS" },
    },
    {
      name: "that it is being restored",
      headers: { "x-amz-restore": 'ongoing-request="true"' },
      found: { restore: "ongoing" },
    },
    {
      name: "until when it is restored",
      headers: {
        "x-amz-restore": 'ongoing-request="false", expiry-date="Fri, 21 Dec 2012 00:00:00 GMT"',
      },
      found: { restore: "2012-12-21T00:00:00.000Z" },
    },
    {
      name: "nothing of a restore that makes no sense",
      headers: { "x-amz-restore": 'ongoing-request="false", expiry-date="soon"' },
      found: { restore: undefined },
    },
    {
      name: "SSE-S3",
      headers: { "x-amz-server-side-encryption": "AES256" },
      found: { encryption: "AES256" },
    },
    {
      name: "SSE-KMS",
      headers: { "x-amz-server-side-encryption": "aws:kms" },
      found: { encryption: "aws:kms" },
    },
    {
      name: "DSSE-KMS",
      headers: { "x-amz-server-side-encryption": "aws:kms:dsse" },
      found: { encryption: "aws:kms:dsse" },
    },
    {
      name: "an encryption that is not known, and not that there is none",
      headers: { "x-amz-server-side-encryption": "aws:fsx" },
      found: { encryption: "other" },
    },
    {
      name: "a customer's key",
      headers: { "x-amz-server-side-encryption-customer-algorithm": "AES256" },
      found: { encryption: "customer" },
    },
    {
      name: "a checksum of all bytes",
      headers: { "x-amz-checksum-crc64nvme": "AAAAAAAAAAA=", "x-amz-checksum-type": "FULL_OBJECT" },
      found: { checksum: { algorithm: "CRC64NVME", type: "FULL_OBJECT", value: "AAAAAAAAAAA=" } },
    },
    {
      name: "a checksum of parts",
      headers: { "x-amz-checksum-sha256": "YQ==-2", "x-amz-checksum-type": "COMPOSITE" },
      found: { checksum: { algorithm: "SHA256", type: "COMPOSITE", value: "YQ==-2" } },
    },
    {
      name: "a checksum without a type",
      headers: { "x-amz-checksum-crc32": "AAAAAA==" },
      found: { checksum: { algorithm: "CRC32", type: undefined, value: "AAAAAA==" } },
    },
    { name: "its version", headers: { "x-amz-version-id": "null" }, found: { versionId: "null" } },
    { name: "how many tags", headers: { "x-amz-tagging-count": "2" }, found: { tagCount: 2 } },
    {
      name: "metadata it cannot send",
      headers: { "x-amz-missing-meta": "1" },
      found: { missingMetadata: 1 },
    },
  ];
  for (const { name, headers, found } of fields) {
    test(`tells ${name}`, () => {
      const all = head({ "content-length": "1", ...headers });
      const names = Object.keys(found) as (keyof ObjectHead)[];
      assert.deepEqual(Object.fromEntries(names.map((key) => [key, all[key]])), found);
    });
  }

  const broken = [
    { name: "no length", headers: {} },
    { name: "a length that is none", headers: { "content-length": "1.5" } },
    { name: "a length beyond counting", headers: { "content-length": "9007199254740992" } },
    {
      name: "an unknown range",
      headers: { "content-length": "1", "content-range": "bytes 0-0/*" },
    },
    {
      name: "a count that is none",
      headers: { "content-length": "1", "x-amz-mp-parts-count": "" },
    },
  ];
  for (const { name, headers } of broken) {
    test(`is an error with ${name}`, () => {
      assert.throws(() => head(headers), UnexpectedReplyError);
    });
  }
});

describe("the headers a copy must send again", () => {
  test("are what S3 would not carry over, and nothing else", () => {
    const kept = {
      "cache-control": "no-cache",
      "content-disposition": "attachment",
      "content-encoding": "gzip",
      "content-language": "de",
      "content-type": "text/plain",
      expires: "Thu, 01 Jan 2030 00:00:00 GMT",
      "x-amz-meta-a": "=?UTF-8?Q?=C3=A9?=",
      "x-amz-meta-empty": "",
      "x-amz-storage-class": "STANDARD_IA",
      "x-amz-website-redirect-location": "/other",
    };
    const found = carriedHeaders(
      head({
        ...kept,
        "content-length": "1",
        date: "Thu, 01 Jan 2026 00:00:00 GMT",
        etag: '"x"',
        "accept-ranges": "bytes",
        "x-amz-version-id": "1",
        "x-amz-server-side-encryption": "AES256",
        "x-amz-tagging-count": "1",
      }),
    );
    assert.deepEqual(found, kept);
  });

  test("have no storage class for STANDARD, also where a server names it", () => {
    assert.deepEqual(
      carriedHeaders(head({ "content-length": "1", "x-amz-storage-class": "STANDARD" })),
      {},
    );
  });

  const encodings = [
    { sent: "aws-chunked", kept: undefined },
    { sent: "gzip,aws-chunked", kept: "gzip" },
    { sent: "aws-chunked, gzip, br", kept: "gzip,br" },
    { sent: "gzip, br", kept: "gzip, br" },
  ];
  for (const { sent, kept } of encodings) {
    test(`have the content encoding ${kept ?? "left out"} of ${sent}`, () => {
      const found = carriedHeaders(head({ "content-length": "1", "content-encoding": sent }));
      assert.equal(found["content-encoding"], kept);
    });
  }
});

function head(headers: Record<string, string>): ObjectHead {
  return objectHeadOf({ status: 200, headers });
}
