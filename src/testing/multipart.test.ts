import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { crc32 } from "node:zlib";

import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
  UploadPartCopyCommand,
} from "@aws-sdk/client-s3";
import type {
  CompletedPart,
  CompleteMultipartUploadCommandInput,
  CreateMultipartUploadCommandInput,
  S3ServiceException,
} from "@aws-sdk/client-s3";

import { startServer } from "./server.ts";
import type { S3Server } from "./server.ts";

const account = { accessKeyId: "AKALICE", secretAccessKey: "secret" };
const Bucket = "photos";
let server: S3Server;
let s3: S3Client;

before(async () => {
  server = await startServer({ accounts: [account], minPartBytes: 4, maxCopyBytes: 100 });
  s3 = new S3Client({
    endpoint: server.url,
    region: server.region,
    forcePathStyle: true,
    credentials: account,
    requestChecksumCalculation: "WHEN_REQUIRED",
  });
  await s3.send(new CreateBucketCommand({ Bucket }));
});

after(async () => {
  s3.destroy();
  await server.close();
  assert.deepEqual(server.bugs, []);
});

async function create(
  Key: string,
  more: Partial<CreateMultipartUploadCommandInput> = {},
): Promise<string> {
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key, ...more }));
  return UploadId!;
}

async function sendPart(
  Key: string,
  UploadId: string,
  PartNumber: number,
  Body: string,
): Promise<CompletedPart> {
  const { ETag } = await s3.send(
    new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body }),
  );
  return { PartNumber, ETag };
}

function complete(
  Key: string,
  UploadId: string,
  Parts: CompletedPart[],
  more: Partial<CompleteMultipartUploadCommandInput> = {},
) {
  return s3.send(
    new CompleteMultipartUploadCommand({
      Bucket,
      Key,
      UploadId,
      MultipartUpload: { Parts },
      ...more,
    }),
  );
}

/** Uploads an object in parts with these bodies; numbers are 1, 2, 3 unless given. */
async function upload(Key: string, bodies: readonly string[], numbers?: readonly number[]) {
  const id = await create(Key);
  const parts: CompletedPart[] = [];
  for (const [index, body] of bodies.entries()) {
    parts.push(await sendPart(Key, id, numbers?.[index] ?? index + 1, body));
  }
  return complete(Key, id, parts);
}

function etagOf(bodies: readonly string[]): string {
  const hash = createHash("md5");
  for (const body of bodies) hash.update(createHash("md5").update(body).digest());
  return `"${hash.digest("hex")}-${bodies.length}"`;
}

function crc32Of(bytes: string | Buffer): string {
  const raw = Buffer.alloc(4);
  raw.writeUInt32BE(crc32(bytes));
  return raw.toString("base64");
}

const uneven = ["first", "second part", "3rd!", "x"];

describe("a multipart upload", () => {
  test("makes an object with the ETag of its parts", async () => {
    const done = await upload("object", uneven);
    assert.equal(done.ETag, etagOf(uneven));
    assert.equal(server.store.bytes(Bucket, "object")?.toString(), uneven.join(""));
    const head = await s3.send(new HeadObjectCommand({ Bucket, Key: "object" }));
    assert.equal(head.ETag, etagOf(uneven));
    assert.equal(head.PartsCount, undefined);
    assert.deepEqual(server.store.uploads(Bucket), []);
  });

  test("tells each part's place and bytes by partNumber", async () => {
    await upload("map", uneven);
    let first = 0;
    for (const [index, body] of uneven.entries()) {
      const at = { Bucket, Key: "map", PartNumber: index + 1 };
      const head = await s3.send(new HeadObjectCommand(at));
      assert.equal(head.ContentLength, body.length);
      assert.equal(head.PartsCount, uneven.length);
      const got = await s3.send(new GetObjectCommand(at));
      assert.equal(got.$metadata.httpStatusCode, 206);
      assert.equal(got.ContentRange, `bytes ${first}-${first + body.length - 1}/21`);
      assert.equal(await got.Body?.transformToString(), body);
      first += body.length;
    }
    await assert.rejects(s3.send(new GetObjectCommand({ Bucket, Key: "map", PartNumber: 5 })), {
      name: "InvalidPartNumber",
    });
  });

  test("counts parts by place when their numbers have gaps", async () => {
    const done = await upload("gaps", uneven, [1, 5, 14, 10_000]);
    assert.equal(done.ETag, etagOf(uneven));
    const head = await s3.send(new HeadObjectCommand({ Bucket, Key: "gaps", PartNumber: 2 }));
    assert.deepEqual([head.ContentLength, head.PartsCount], [uneven[1]!.length, 4]);
  });

  test("a plain object has one part and no parts count", async () => {
    await s3.send(new PutObjectCommand({ Bucket, Key: "plain", Body: "plain" }));
    const head = await s3.send(new HeadObjectCommand({ Bucket, Key: "plain", PartNumber: 1 }));
    assert.deepEqual([head.ContentLength, head.PartsCount], [5, undefined]);
    const second = s3.send(new HeadObjectCommand({ Bucket, Key: "plain", PartNumber: 2 }));
    await assert.rejects(second, (error: S3ServiceException) => {
      return error.$metadata.httpStatusCode === 416;
    });
  });

  test("takes one empty part for an empty object", async () => {
    const done = await upload("empty", [""]);
    assert.equal(done.ETag, etagOf([""]));
    const head = await s3.send(new HeadObjectCommand({ Bucket, Key: "empty", PartNumber: 1 }));
    assert.deepEqual([head.ContentLength, head.PartsCount], [0, 1]);
  });

  test("replaces a part that is sent again", async () => {
    const id = await create("replaced");
    const old = await sendPart("replaced", id, 1, "old part");
    const fresh = await sendPart("replaced", id, 1, "new part");
    await assert.rejects(complete("replaced", id, [old]), { name: "InvalidPart" });
    assert.equal((await complete("replaced", id, [fresh])).ETag, etagOf(["new part"]));
  });

  test("leaves out parts that are not named at the end", async () => {
    const id = await create("subset");
    const parts = [];
    for (const number of [1, 2, 3])
      parts.push(await sendPart("subset", id, number, `part ${number}`));
    await complete("subset", id, [parts[0]!, parts[2]!]);
    assert.equal(server.store.bytes(Bucket, "subset")?.toString(), "part 1part 3");
  });

  test("keeps what was said at its beginning", async () => {
    const id = await create("described", {
      ContentType: "text/x",
      Metadata: { a: "b" },
      Tagging: "t=1",
      StorageClass: "STANDARD_IA",
    });
    await complete("described", id, [await sendPart("described", id, 1, "x")]);
    const head = await s3.send(new HeadObjectCommand({ Bucket, Key: "described" }));
    assert.equal(head.ContentType, "text/x");
    assert.deepEqual(head.Metadata, { a: "b" });
    assert.equal(head.TagCount, 1);
    assert.equal(head.StorageClass, "STANDARD_IA");
  });

  test("is gone once completed or aborted", async () => {
    const id = await create("gone");
    const part = await sendPart("gone", id, 1, "x");
    await complete("gone", id, [part]);
    await assert.rejects(complete("gone", id, [part]), { name: "NoSuchUpload" });
    const other = await create("gone");
    await s3.send(new AbortMultipartUploadCommand({ Bucket, Key: "gone", UploadId: other }));
    await assert.rejects(sendPart("gone", other, 1, "x"), { name: "NoSuchUpload" });
    await assert.rejects(
      s3.send(new AbortMultipartUploadCommand({ Bucket, Key: "gone", UploadId: other })),
      { name: "NoSuchUpload" },
    );
  });

  const refused: {
    name: string;
    code: string;
    order?: readonly number[];
    bodies?: readonly string[];
    more?: Partial<CompleteMultipartUploadCommandInput>;
  }[] = [
    { name: "parts out of order", code: "InvalidPartOrder", order: [1, 0] },
    { name: "a part twice", code: "InvalidPartOrder", order: [0, 0] },
    { name: "no parts", code: "MalformedXML", order: [] },
    { name: "a small part that is not the last", code: "EntityTooSmall", bodies: ["tin", "last"] },
    { name: "another size than announced", code: "InvalidRequest", more: { MpuObjectSize: 3 } },
    {
      name: "If-None-Match: * over an object",
      code: "PreconditionFailed",
      more: { IfNoneMatch: "*" },
    },
    { name: "If-Match of another ETag", code: "PreconditionFailed", more: { IfMatch: '"x"' } },
    {
      name: "a checksum that is wrong",
      code: "BadDigest",
      more: { ChecksumCRC64NVME: "AAAAAAAAAAA=" },
    },
    { name: "another type of checksum", code: "BadDigest", more: { ChecksumType: "COMPOSITE" } },
  ];
  for (const { name, code, order = [0, 1], bodies = ["first", "last"], more = {} } of refused) {
    test(`is refused with ${name}, and can be completed afterwards`, async () => {
      await s3.send(new PutObjectCommand({ Bucket, Key: "target", Body: "untouched" }));
      const id = await create("target");
      const parts: CompletedPart[] = [];
      for (const [index, body] of bodies.entries()) {
        parts.push(await sendPart("target", id, index + 1, body));
      }
      const named = order.map((index) => parts[index]!);
      await assert.rejects(complete("target", id, named, more), { name: code });
      assert.equal(server.store.bytes(Bucket, "target")?.toString(), "untouched");
      await complete("target", id, parts.slice(0, 1));
    });
  }
});

describe("UploadPartCopy", () => {
  before(async () => {
    await upload("source", uneven);
  });

  test("copies an object part by part with the same ETag", async () => {
    const id = await create("copy");
    const parts: CompletedPart[] = [];
    let first = 0;
    for (const [index, body] of uneven.entries()) {
      const { CopyPartResult } = await s3.send(
        new UploadPartCopyCommand({
          Bucket,
          Key: "copy",
          UploadId: id,
          PartNumber: index + 1,
          CopySource: `${Bucket}/source`,
          CopySourceRange: `bytes=${first}-${first + body.length - 1}`,
          CopySourceIfMatch: etagOf(uneven),
        }),
      );
      first += body.length;
      parts.push({ PartNumber: index + 1, ETag: CopyPartResult!.ETag! });
    }
    assert.equal((await complete("copy", id, parts)).ETag, etagOf(uneven));
    assert.equal(server.store.bytes(Bucket, "copy")?.toString(), uneven.join(""));
  });

  const refused = [
    {
      name: "a range beyond the end",
      more: { CopySourceRange: "bytes=0-99" },
      code: "InvalidArgument",
    },
    { name: "an open range", more: { CopySourceRange: "bytes=1-" }, code: "InvalidArgument" },
    { name: "a changed source", more: { CopySourceIfMatch: '"x"' }, code: "PreconditionFailed" },
    { name: "a missing source", more: { CopySource: `${Bucket}/none` }, code: "NoSuchKey" },
    {
      name: "a range of a source that is too small",
      more: { CopySource: `${Bucket}/small`, CopySourceRange: "bytes=0-1" },
      code: "InvalidRequest",
    },
  ];
  for (const { name, more, code } of refused) {
    test(`refuses ${name}`, async () => {
      await s3.send(new PutObjectCommand({ Bucket, Key: "small", Body: "1234" }));
      const UploadId = await create("copy");
      const part = { Bucket, Key: "copy", UploadId, PartNumber: 1, CopySource: `${Bucket}/source` };
      await assert.rejects(s3.send(new UploadPartCopyCommand({ ...part, ...more })), {
        name: code,
      });
    });
  }
});

test("CopyObject of a multipart object makes a plain one with another ETag", async () => {
  await upload("source", uneven);
  const CopySource = `${Bucket}/source`;
  const { CopyObjectResult } = await s3.send(
    new CopyObjectCommand({ Bucket, Key: "one", CopySource }),
  );
  const md5 = createHash("md5").update(uneven.join("")).digest("hex");
  assert.equal(CopyObjectResult?.ETag, `"${md5}"`);
});

describe("checksums of parts", () => {
  const bodies = ["AAAA", "BBBB"];

  test("a composite one is made of the parts' own, which partNumber and attributes show", async () => {
    const { checksum, id, parts } = await uploadWith("CRC32", "COMPOSITE", bodies);
    const done = await complete("sums", id, parts);
    assert.equal(done.ChecksumCRC32, checksum);
    assert.match(checksum, /-2$/);
    const at = { Bucket, Key: "sums", PartNumber: 2, ChecksumMode: "ENABLED" } as const;
    const head = await s3.send(new HeadObjectCommand(at));
    assert.equal(head.ChecksumCRC32, parts[1]?.ChecksumCRC32);
    const attributes = await s3.send(
      new GetObjectAttributesCommand({
        Bucket,
        Key: "sums",
        ObjectAttributes: ["ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize"],
        MaxParts: 1,
      }),
    );
    assert.equal(attributes.ETag, done.ETag?.replaceAll('"', ""));
    assert.deepEqual(attributes.Checksum, { ChecksumCRC32: checksum, ChecksumType: "COMPOSITE" });
    assert.equal(attributes.ObjectSize, 8);
    assert.equal(attributes.StorageClass, "STANDARD");
    assert.equal(attributes.ObjectParts?.TotalPartsCount, 2);
    assert.equal(attributes.ObjectParts?.IsTruncated, true);
    assert.deepEqual(attributes.ObjectParts?.Parts, [
      { ChecksumCRC32: parts[0]?.ChecksumCRC32, PartNumber: 1, Size: 4 },
    ]);
  });

  test("a composite one wants every part's checksum at the end", async () => {
    const { id, parts } = await uploadWith("CRC32", "COMPOSITE", bodies);
    const bare = parts.map(({ ETag, PartNumber }) => ({ ETag, PartNumber }));
    await assert.rejects(complete("sums", id, bare), {
      name: "InvalidRequest",
      message: /It was missing for part 1 in the request/,
    });
  });

  test("a full-object one is that of the whole and does not", async () => {
    const { id, parts } = await uploadWith("CRC32", "FULL_OBJECT", bodies);
    const bare = parts.map(({ ETag, PartNumber }) => ({ ETag, PartNumber }));
    const done = await complete("sums", id, bare, { ChecksumCRC32: crc32Of("AAAABBBB") });
    assert.equal(done.ChecksumType, "FULL_OBJECT");
  });

  test("part numbers must be consecutive", async () => {
    const { id, parts } = await uploadWith("CRC32", "COMPOSITE", bodies, [1, 3]);
    await assert.rejects(complete("sums", id, parts), { name: "InternalError" });
  });

  for (const [algorithm, type] of [
    ["SHA256", "FULL_OBJECT"],
    ["CRC64NVME", "COMPOSITE"],
  ] as const) {
    test(`there is no ${type} ${algorithm}`, async () => {
      const asked = { ChecksumAlgorithm: algorithm, ChecksumType: type };
      await assert.rejects(create("sums", asked), { name: "InvalidRequest" });
    });
  }

  async function uploadWith(
    algorithm: "CRC32",
    type: "COMPOSITE" | "FULL_OBJECT",
    bodies: readonly string[],
    numbers: readonly number[] = [1, 2],
  ) {
    const id = await create("sums", { ChecksumAlgorithm: algorithm, ChecksumType: type });
    const parts: CompletedPart[] = [];
    for (const [index, Body] of bodies.entries()) {
      const PartNumber = numbers[index]!;
      const part = {
        Bucket,
        Key: "sums",
        UploadId: id,
        PartNumber,
        Body,
        ChecksumAlgorithm: algorithm,
      };
      const { ETag, ChecksumCRC32 } = await s3.send(new UploadPartCommand(part));
      parts.push({ PartNumber, ETag, ChecksumCRC32 });
    }
    const raw = parts.map((part) => Buffer.from(part.ChecksumCRC32!, "base64"));
    return { id, parts, checksum: `${crc32Of(Buffer.concat(raw))}-${parts.length}` };
  }
});

describe("listings of uploads", () => {
  const keys = ["u/a", "u/b/1", "u/b/2", "u/c"];
  const ids = new Map<string, string>();
  before(async () => {
    for (const key of keys) ids.set(key, await create(key));
    ids.set("u/a again", await create("u/a"));
  });

  test("page through all uploads in order, two of one key too", async () => {
    const found: (string | undefined)[] = [];
    let KeyMarker: string | undefined;
    let UploadIdMarker: string | undefined;
    for (;;) {
      const page = await s3.send(
        new ListMultipartUploadsCommand({
          Bucket,
          Prefix: "u/",
          MaxUploads: 1,
          KeyMarker,
          UploadIdMarker,
        }),
      );
      found.push(...(page.Uploads ?? []).map((upload) => upload.UploadId));
      if (page.IsTruncated !== true) break;
      ({ NextKeyMarker: KeyMarker, NextUploadIdMarker: UploadIdMarker } = page);
    }
    assert.deepEqual(
      found,
      ["u/a", "u/a again", "u/b/1", "u/b/2", "u/c"].map((key) => ids.get(key)),
    );
  });

  test("roll keys up to common prefixes", async () => {
    const page = await s3.send(
      new ListMultipartUploadsCommand({ Bucket, Prefix: "u/", Delimiter: "/" }),
    );
    assert.deepEqual(page.CommonPrefixes, [{ Prefix: "u/b/" }]);
    assert.deepEqual(
      page.Uploads?.map(({ Key }) => Key),
      ["u/a", "u/a", "u/c"],
    );
  });

  test("show the parts that are there, by number, in pages", async () => {
    const UploadId = ids.get("u/c")!;
    for (const number of [9, 2, 5]) await sendPart("u/c", UploadId, number, `part ${number}`);
    const at = { Bucket, Key: "u/c", UploadId };
    const first = await s3.send(new ListPartsCommand({ ...at, MaxParts: 2 }));
    assert.deepEqual(
      first.Parts?.map(({ PartNumber, Size }) => [PartNumber, Size]),
      [
        [2, 6],
        [5, 6],
      ],
    );
    assert.equal(first.IsTruncated, true);
    const PartNumberMarker = first.NextPartNumberMarker;
    const second = await s3.send(new ListPartsCommand({ ...at, PartNumberMarker }));
    assert.deepEqual(
      second.Parts?.map(({ PartNumber }) => PartNumber),
      [9],
    );
    assert.equal(second.IsTruncated, false);
  });
});
