/** How many requests the pipe sends for an object of each kind. At a billion objects one more each is hundreds of dollars. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { CopyOptions } from "../src/stages/copy-options.ts";
import { runPipe } from "./support/pipe.ts";
import { openRig } from "./support/rig.ts";
import { type ObjectSpec, writeObject } from "./support/write-object.ts";

const kms = { "x-amz-server-side-encryption": "aws:kms" };
const server: CopyOptions = { via: "server" };
const tags = { "x-amz-tagging": "a=1&b=2" };

/** Bodies above this many bytes are streamed, others held. */
const maxHeldBytes = 100;

/** Without the lists, which are the same for all: one. */
const cases: readonly {
  readonly name: string;
  readonly object: Omit<ObjectSpec, "key" | "body"> & { readonly size?: number };
  readonly targetKms?: true;
  readonly copy?: CopyOptions;
  readonly requests: Readonly<Record<string, number>>;
}[] = [
  {
    name: "a plain object that S3 copies, with all it carries and its class",
    object: { size: 50, headers: { ...tags, "x-amz-storage-class": "STANDARD_IA" } },
    copy: server,
    requests: { CopyObject: 1 },
  },
  {
    name: "one that S3 copies with other metadata and tags in place of its own",
    object: { size: 50, headers: tags },
    copy: {
      ...server,
      metadataDirective: "replace",
      metadata: { a: "b" },
      taggingDirective: "replace",
    },
    requests: { CopyObject: 1 },
  },
  {
    name: "one that S3 copies with more metadata than its own, by a HEAD",
    object: { size: 50 },
    copy: { ...server, metadata: { a: "b" } },
    requests: { HeadObject: 1, CopyObject: 1 },
  },
  {
    name: "one that S3 copies with where it redirects to, by a HEAD",
    object: { size: 50 },
    copy: { ...server, websiteRedirect: "keep" },
    requests: { HeadObject: 1, CopyObject: 1 },
  },
  {
    name: "one that S3 copies where there is none",
    object: { size: 50 },
    copy: { ...server, noOverwrite: true },
    requests: { CopyObject: 1 },
  },
  {
    name: "one that S3 copies to KMS",
    object: { size: 50 },
    targetKms: true,
    copy: server,
    requests: { CopyObject: 1 },
  },
  {
    name: "one that S3 copies from KMS, and a HEAD for why the ETag is another",
    object: { size: 50, headers: kms },
    copy: server,
    requests: { HeadObject: 1, CopyObject: 1 },
  },
  {
    name: "one that S3 copies and that is verified",
    object: { size: 50 },
    copy: { ...server, verify: "checksum" },
    requests: { HeadObject: 2, CopyObject: 1 },
  },
  {
    name: "one part that S3 copies",
    object: { parts: [50] },
    copy: server,
    requests: {
      HeadObject: 1,
      CreateMultipartUpload: 1,
      UploadPartCopy: 1,
      CompleteMultipartUpload: 1,
    },
  },
  {
    name: "four equal parts that S3 copies",
    object: { parts: [200, 200, 200, 200] },
    copy: server,
    requests: {
      HeadObject: 2,
      CreateMultipartUpload: 1,
      UploadPartCopy: 4,
      CompleteMultipartUpload: 1,
    },
  },
  {
    name: "two parts with tags that S3 copies",
    object: { parts: [200, 10], headers: tags },
    copy: server,
    requests: {
      HeadObject: 1,
      GetObjectTagging: 1,
      CreateMultipartUpload: 1,
      UploadPartCopy: 2,
      CompleteMultipartUpload: 1,
    },
  },
  {
    name: "two parts with checksums of their own that S3 copies",
    object: { parts: [200, 10], checksum: { algorithm: "SHA256", type: "COMPOSITE" } },
    copy: server,
    requests: {
      HeadObject: 1,
      CreateMultipartUpload: 1,
      UploadPartCopy: 2,
      CompleteMultipartUpload: 1,
    },
  },
  {
    name: "two parts that S3 copies to KMS, and a HEAD for the checksum of the whole",
    object: { parts: [200, 10] },
    targetKms: true,
    copy: server,
    requests: {
      HeadObject: 2,
      CreateMultipartUpload: 1,
      UploadPartCopy: 2,
      CompleteMultipartUpload: 1,
    },
  },
  {
    name: "two parts of which none was there, by a HEAD before they are copied",
    object: { parts: [200, 10] },
    copy: { noOverwrite: true },
    requests: {
      HeadObject: 2,
      CreateMultipartUpload: 1,
      GetObject: 2,
      UploadPart: 2,
      CompleteMultipartUpload: 1,
    },
  },
  {
    name: "a plain object",
    object: { size: 50 },
    requests: { GetObject: 1, PutObject: 1 },
  },
  { name: "an empty one", object: { size: 0 }, requests: { GetObject: 1, PutObject: 1 } },
  { name: "a streamed one", object: { size: 500 }, requests: { GetObject: 1, PutObject: 1 } },
  {
    name: "one with tags",
    object: { size: 50, headers: tags },
    requests: { GetObject: 1, GetObjectTagging: 1, PutObject: 1 },
  },
  {
    name: "a streamed one under KMS",
    object: { size: 500, headers: kms },
    requests: { GetObject: 1, PutObject: 1 },
  },
  {
    name: "a streamed one, to KMS",
    object: { size: 500 },
    targetKms: true,
    requests: { GetObject: 1, PutObject: 1 },
  },
  {
    name: "one part",
    object: { parts: [50] },
    requests: {
      HeadObject: 1,
      CreateMultipartUpload: 1,
      GetObject: 1,
      UploadPart: 1,
      CompleteMultipartUpload: 1,
    },
  },
  {
    name: "one part that is empty",
    object: { parts: [0] },
    requests: {
      HeadObject: 1,
      CreateMultipartUpload: 1,
      GetObject: 1,
      UploadPart: 1,
      CompleteMultipartUpload: 1,
    },
  },
  {
    name: "a last part that is empty",
    object: { parts: [50, 0] },
    requests: {
      HeadObject: 2,
      CreateMultipartUpload: 1,
      GetObject: 1,
      UploadPart: 2,
      CompleteMultipartUpload: 1,
    },
  },
  {
    name: "four equal parts",
    object: { parts: [200, 200, 200, 200] },
    requests: {
      HeadObject: 2,
      CreateMultipartUpload: 1,
      GetObject: 4,
      UploadPart: 4,
      CompleteMultipartUpload: 1,
    },
  },
  {
    name: "three uneven parts",
    object: { parts: [200, 10, 200] },
    requests: {
      HeadObject: 3,
      CreateMultipartUpload: 1,
      GetObject: 3,
      UploadPart: 3,
      CompleteMultipartUpload: 1,
    },
  },
  {
    name: "two parts with tags",
    object: { parts: [200, 10], headers: tags },
    requests: {
      HeadObject: 1,
      GetObjectTagging: 1,
      CreateMultipartUpload: 1,
      GetObject: 2,
      UploadPart: 2,
      CompleteMultipartUpload: 1,
    },
  },
  {
    name: "two parts with checksums of their own",
    object: { parts: [200, 10], checksum: { algorithm: "SHA256", type: "COMPOSITE" } },
    requests: {
      HeadObject: 1,
      CreateMultipartUpload: 1,
      GetObject: 2,
      UploadPart: 2,
      CompleteMultipartUpload: 1,
    },
  },
  {
    name: "two parts under KMS, and a HEAD for the checksum of the whole",
    object: { parts: [200, 10], headers: kms },
    requests: {
      HeadObject: 2,
      CreateMultipartUpload: 1,
      GetObject: 2,
      UploadPart: 2,
      CompleteMultipartUpload: 1,
    },
  },
  {
    name: "two parts to KMS, and a HEAD for the checksum of the whole",
    object: { parts: [200, 10] },
    targetKms: true,
    requests: {
      HeadObject: 2,
      CreateMultipartUpload: 1,
      GetObject: 2,
      UploadPart: 2,
      CompleteMultipartUpload: 1,
    },
  },
];

describe("the pipe takes, besides the lists, for", () => {
  for (const { name, object, targetKms, copy, requests } of cases) {
    const told = Object.entries(requests).map(([operation, count]) => `${count} ${operation}`);
    test(`${name}: ${told.join(", ")}`, async () => {
      const rig = await openRig();
      try {
        if (targetKms) {
          const encryption = { algorithm: "aws:kms", keyId: "k", bucketKey: false } as const;
          rig.server.store.bucket(rig.target.name).encryption = encryption;
        }
        rig.share();
        const { parts, size = parts?.reduce((sum, part) => sum + part, 0) ?? 0 } = object;
        const count = 3;
        for (let i = 0; i < count; i++) {
          await writeObject(rig.source, { ...object, key: `k${i}`, body: Buffer.alloc(size, "x") });
        }
        rig.server.requests.clear();
        // Of others it is asked whether they do as AWS.
        const target = { ...rig.target, endpoint: "https://s3.us-east-1.amazonaws.com" };
        const { results } = await runPipe(rig.source, target, { maxHeldBytes, copy });
        assert.ok(results.every(({ attributes }) => attributes?.outcome === undefined));
        const expected = Object.entries(requests).map(([operation, n]) => [operation, n * count]);
        assert.deepEqual(rig.server.requests.byOperation(), {
          ListObjectsV2: 1,
          ...Object.fromEntries(expected),
        });
      } finally {
        await rig.close();
      }
    });
  }

  test("nothing, and 1 list a page of 1000", async () => {
    const rig = await openRig({ pageSize: 10 });
    try {
      for (let i = 0; i < 25; i++) {
        await writeObject(rig.source, { key: `k${i}`, body: Buffer.from("x") });
      }
      rig.server.requests.clear();
      await runPipe(rig.source, rig.target);
      assert.deepEqual(rig.server.requests.byOperation(), {
        ListObjectsV2: 3,
        GetObject: 25,
        PutObject: 25,
      });
    } finally {
      await rig.close();
    }
  });

  const answers = [
    { name: "S3 may copy", isShared: true, requests: { CopyObject: 25 } },
    {
      name: "S3 may not copy, which one of them finds out",
      isShared: false,
      requests: { CopyObject: 1, GetObject: 25, PutObject: 25 },
    },
  ];
  for (const { name, isShared, requests } of answers) {
    test(`25 objects of a pair of which ${name}: ${JSON.stringify(requests)}`, async () => {
      const rig = await openRig();
      try {
        if (isShared) rig.share();
        for (let i = 0; i < 25; i++) {
          await writeObject(rig.source, { key: `k${i}`, body: Buffer.from("x") });
        }
        rig.server.requests.clear();
        const endpoint = rig.server.url;
        await runPipe({ ...rig.source, endpoint }, { ...rig.target, endpoint });
        assert.deepEqual(rig.server.requests.byOperation(), { ListObjectsV2: 1, ...requests });
      } finally {
        await rig.close();
      }
    });
  }
});
