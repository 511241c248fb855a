/** How many requests the pipe sends for an object of each kind. At a billion objects one more each is hundreds of dollars. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { runPipe } from "./support/pipe.ts";
import { openRig } from "./support/rig.ts";
import { type ObjectSpec, writeObject } from "./support/write-object.ts";

const kms = { "x-amz-server-side-encryption": "aws:kms" };
const tags = { "x-amz-tagging": "a=1&b=2" };

/** Bodies above this many bytes are streamed, others held. */
const maxHeldBytes = 100;

/** Without the lists, which are the same for all: one. */
const cases: readonly {
  readonly name: string;
  readonly object: Omit<ObjectSpec, "key" | "body"> & { readonly size?: number };
  readonly targetKms?: true;
  readonly requests: Readonly<Record<string, number>>;
}[] = [
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
    name: "two parts with tags, which a HEAD of the new object finds kept",
    object: { parts: [200, 10], headers: tags },
    requests: {
      HeadObject: 2,
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
  for (const { name, object, targetKms, requests } of cases) {
    const told = Object.entries(requests).map(([operation, count]) => `${count} ${operation}`);
    test(`${name}: ${told.join(", ")}`, async () => {
      const rig = await openRig();
      try {
        if (targetKms) {
          const encryption = { algorithm: "aws:kms", keyId: "k", bucketKey: false } as const;
          rig.server.store.bucket(rig.target.name).encryption = encryption;
        }
        const { parts, size = parts?.reduce((sum, part) => sum + part, 0) ?? 0 } = object;
        const count = 3;
        for (let i = 0; i < count; i++) {
          await writeObject(rig.source, { ...object, key: `k${i}`, body: Buffer.alloc(size, "x") });
        }
        rig.server.requests.clear();
        const { results } = await runPipe(rig.source, rig.target, { maxHeldBytes });
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
});
