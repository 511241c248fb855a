import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { asLines } from "../../test/support/pipe.ts";
import { openRig, type Rig } from "../../test/support/rig.ts";
import { interfered, withoutPartNumbers } from "../../test/support/wrap-client.ts";
import { type ObjectSpec, writeObject } from "../../test/support/write-object.ts";
import { Counters } from "../counters.ts";
import type { Attributes } from "../record/attributes.ts";
import { type Entry, entryCodec } from "../record/entry.ts";
import type { Task } from "../record/task.ts";
import type { S3Bucket } from "../s3/client.ts";
import { createMultipartUpload } from "../s3/create-multipart-upload.ts";
import { S3Error } from "../s3/error.ts";
import { collect, pagesOf, recordsOf } from "../stream/pages.ts";
import { bucketlist } from "./bucketlist.ts";
import type { CopyOptions } from "./copy-options.ts";
import { multipartlist, type MultipartlistNeeds } from "./multipartlist.ts";

const mtime = "2026-11-24 17:00:00";
const gib = 2 ** 30;

describe("multipartlist", () => {
  let rig: Rig;
  before(async () => {
    rig = await openRig();
  });
  after(() => rig.close());
  beforeEach(() => {
    rig.server.faults.clear();
    rig.server.requests.clear();
    for (const name of [rig.source.name, rig.target.name]) {
      const bucket = rig.server.store.bucket(name);
      bucket.encryption = { algorithm: "AES256", keyId: undefined, bucketKey: false };
      for (const key of rig.server.store.keys(name)) bucket.versions.delete(key);
      for (const { key } of rig.server.store.uploads(name)) bucket.uploads.delete(key);
    }
  });

  describe("without a request", () => {
    const plain = { key: "k", etag: "0123456789abcdef0123456789abcdef", size: 1, mtime };
    const cases: readonly {
      readonly name: string;
      readonly entry: Partial<Entry>;
      readonly attributes?: Attributes;
    }[] = [
      { name: "passes on a plain object", entry: {} },
      { name: "passes on an empty one", entry: { size: 0 } },
      { name: "passes on one of 5 GiB", entry: { size: 5 * gib } },
      { name: "passes on a version", entry: { attributes: { version: "v1" } } },
      {
        name: "passes on what was skipped before",
        entry: { etag: "abc-3", attributes: { outcome: "skipped", code: "Elsewhere" } },
      },
      {
        name: "skips an archived object",
        entry: { attributes: { class: "GLACIER" } },
        attributes: { class: "GLACIER", outcome: "skipped", code: "archived" },
      },
      {
        name: "skips an archived one of several parts",
        entry: { etag: "abc-3", attributes: { class: "DEEP_ARCHIVE" } },
        attributes: { class: "DEEP_ARCHIVE", outcome: "skipped", code: "archived" },
      },
      {
        name: "skips one that is being restored",
        entry: { attributes: { class: "GLACIER", restore: "ongoing" } },
        attributes: {
          class: "GLACIER",
          restore: "ongoing",
          outcome: "skipped",
          code: "archived",
        },
      },
      {
        name: "passes on one that is restored",
        entry: { attributes: { class: "GLACIER", restore: "2026-12-01 00:00:00" } },
      },
      { name: "passes on one in GLACIER_IR", entry: { attributes: { class: "GLACIER_IR" } } },
      {
        name: "skips what only the target has",
        entry: { attributes: { change: "removed" } },
        attributes: { change: "removed", outcome: "skipped", code: "Removed" },
      },
    ];
    for (const { name, entry, attributes = entry.attributes } of cases) {
      test(name, async () => {
        const [task, ...more] = await plan([{ ...plain, ...entry }]);
        assert.deepEqual(more, []);
        assert.equal(task?.part, undefined);
        assert.deepEqual(task?.attributes, attributes);
        assert.equal(rig.server.requests.total, 0);
      });
    }
  });

  describe("of an object in parts", () => {
    test("makes a task for each, in order, and begins one upload with all that it carries", async () => {
      const tasks = await planOf({
        key: "a\tb",
        parts: [4, 4, 2],
        headers: {
          "content-type": "text/css",
          "x-amz-meta-who": "me",
          "x-amz-tagging": "a=1&b=%20",
          "x-amz-storage-class": "STANDARD_IA",
        },
      });
      assert.deepEqual(
        tasks.map(({ part }) => [part?.part, part?.parts, part?.start, part?.stop]),
        [
          [1, 3, 0, 3],
          [2, 3, 4, 7],
          [3, 3, 8, 9],
        ],
      );
      assert.deepEqual(
        tasks.map(({ attributes }) => attributes?.["tags"]),
        ["2", undefined, undefined],
      );
      const [upload, ...more] = rig.server.store.uploads(rig.target.name);
      assert.deepEqual(more, []);
      assert.ok(upload && tasks.every(({ part }) => part?.uploadId === upload.uploadId));
      const { headers, metadata, storageClass, tags } = upload.description;
      assert.equal(upload.key, "a\tb");
      assert.deepEqual({ ...headers }, { "content-type": "text/css" });
      assert.deepEqual({ ...metadata }, { who: "me" });
      assert.equal(storageClass, "STANDARD_IA");
      assert.deepEqual(tags, [
        { key: "a", value: "1" },
        { key: "b", value: " " },
      ]);
    });

    test("lets its own headers go before the source's", async () => {
      const copy: CopyOptions = { storageClass: "GLACIER_IR", sse: "aws:kms" };
      await planOf(
        { key: "k", parts: [1, 1], headers: { "x-amz-storage-class": "STANDARD_IA" } },
        { copy },
      );
      const [upload] = rig.server.store.uploads(rig.target.name);
      assert.equal(upload?.description.storageClass, "GLACIER_IR");
      assert.equal(upload?.description.encryption.algorithm, "aws:kms");
    });

    test("of a dry run begins nothing, and shows no means of proof", async () => {
      const [task] = await planOf({ key: "k", parts: [0] }, { dryRun: true });
      assert.deepEqual(rig.server.store.uploads(rig.target.name), []);
      assert.deepEqual([task?.part?.start, task?.part?.stop], [0, -1]);
      assert.equal(entryCodec.encode(task!).split("\t").length, 4, "no attributes");
    });
  });

  describe("says how the bytes are proved", () => {
    const cases: readonly {
      readonly name: string;
      readonly object: Omit<ObjectSpec, "key" | "body"> & { readonly parts: readonly number[] };
      readonly targetKms?: true;
      readonly blind?: true;
      readonly attributes: Attributes;
      readonly begun?: readonly [algorithm: string, type: string];
      readonly heads: number;
    }[] = [
      { name: "by the ETag", object: { parts: [4, 4] }, attributes: {}, heads: 1 },
      {
        name: "by the ETag, and a checksum of the whole is kept",
        object: { parts: [4, 4], checksum: { algorithm: "CRC32", type: "FULL_OBJECT" } },
        attributes: {},
        begun: ["CRC32", "FULL_OBJECT"],
        heads: 1,
      },
      {
        name: "by the ETag and the parts' own checksums",
        object: { parts: [4, 4], checksum: { algorithm: "SHA256", type: "COMPOSITE" } },
        attributes: { checksum: "SHA256" },
        begun: ["SHA256", "COMPOSITE"],
        heads: 1,
      },
      {
        name: "by the checksum of the whole, from KMS",
        object: { parts: [4, 4], headers: { "x-amz-server-side-encryption": "aws:kms" } },
        attributes: { proof: "none", hash: "md5", whole: "CRC64NVME" },
        heads: 2,
      },
      {
        name: "by another checksum of the whole, from KMS",
        object: {
          parts: [4, 4],
          headers: { "x-amz-server-side-encryption": "aws:kms" },
          checksum: { algorithm: "CRC32C", type: "FULL_OBJECT" },
        },
        attributes: { proof: "none", hash: "md5", whole: "CRC32C" },
        begun: ["CRC32C", "FULL_OBJECT"],
        heads: 2,
      },
      {
        name: "by the parts' own checksums, from KMS",
        object: {
          parts: [4, 4],
          headers: { "x-amz-server-side-encryption": "aws:kms" },
          checksum: { algorithm: "SHA1", type: "COMPOSITE" },
        },
        attributes: { proof: "none", hash: "md5", checksum: "SHA1" },
        begun: ["SHA1", "COMPOSITE"],
        heads: 1,
      },
      {
        name: "by the MD5s of what is read and the checksum of the whole, to KMS",
        object: { parts: [4, 4] },
        targetKms: true,
        attributes: { hash: "md5", whole: "CRC64NVME" },
        heads: 2,
      },
      {
        name: "by the checksum of the whole, where the parts are not known",
        object: { parts: [4, 4] },
        blind: true,
        attributes: { proof: "none", hash: "md5", whole: "CRC64NVME", parts: "1" },
        heads: 1,
      },
      {
        name: "without the parts' checksums, where the parts are not known, and says so",
        object: { parts: [4, 4], checksum: { algorithm: "SHA256", type: "COMPOSITE" } },
        blind: true,
        attributes: { proof: "none", hash: "md5", parts: "1", code: "ChecksumLost" },
        heads: 1,
      },
    ];
    for (const { name, object, targetKms, blind, attributes, begun, heads } of cases) {
      test(name, async () => {
        if (targetKms) {
          const kms = { algorithm: "aws:kms", keyId: "k", bucketKey: false } as const;
          rig.server.store.bucket(rig.target.name).encryption = kms;
        }
        const source = blind ? withoutPartNumbers(rig.source) : rig.source;
        const [task] = await planOf({ key: "k", ...object }, { source });
        const { whole, ...rest } = written(task);
        const found = whole === undefined ? rest : { ...rest, whole: whole.split(":")[0] };
        assert.deepEqual(found, attributes);
        const [upload] = rig.server.store.uploads(rig.target.name);
        const asked = upload?.checksumWasAsked && [upload.algorithm, upload.checksumType];
        assert.deepEqual(asked || undefined, begun);
        assert.deepEqual(rig.server.requests.byOperation(), {
          HeadObject: heads,
          CreateMultipartUpload: 1,
        });
      });
    }

    test("by MD5s taken before the bytes are sent, to KMS without any checksum", async () => {
      const kms = { algorithm: "aws:kms", keyId: "k", bucketKey: false } as const;
      rig.server.store.bucket(rig.target.name).encryption = kms;
      const [task] = await planOf(
        { key: "k", parts: [4, 4] },
        { source: withoutChecksums(rig.source) },
      );
      assert.deepEqual(written(task), { hash: "first" });
    });
  });

  describe("on unknown parts", () => {
    test("cuts by the CLI's rule and says that the ETag is not kept", async () => {
      const tasks = await planOf(
        { key: "k", parts: [3, 3] },
        { source: withoutPartNumbers(rig.source), onUnknownParts: "copy" },
      );
      assert.deepEqual(
        tasks.map(({ part }) => [part?.start, part?.stop]),
        [[0, 5]],
      );
      assert.equal(tasks[0]?.attributes?.["proof"], "none");
    });
    for (const [onUnknownParts, outcome] of [
      ["skip", "skipped"],
      ["fail", "failed"],
    ] as const) {
      test(`${onUnknownParts}: nothing is begun, and the record is ${outcome}`, async () => {
        const source = withoutPartNumbers(rig.source);
        const [task, ...more] = await planOf(
          { key: "k", parts: [3, 3] },
          { source, onUnknownParts },
        );
        assert.deepEqual(more, []);
        assert.deepEqual(written(task), { outcome, code: "UnknownParts" });
        assert.deepEqual(rig.server.store.uploads(rig.target.name), []);
      });
    }

    test("a plain object above 5 GiB is cut", async () => {
      await writeObject(rig.source, { key: "k", body: Buffer.from("x") });
      const entry = { key: "k", etag: rig.at("k").source!.etag, size: 5 * gib + 1, mtime };
      const tasks = await plan([entry]);
      assert.equal(tasks.length, 641);
      assert.equal(tasks.at(-1)?.part?.stop, entry.size - 1);
      const { proof, parts } = tasks[0]?.attributes ?? {};
      assert.deepEqual({ proof, parts }, { proof: "none", parts: "641" });
    });
  });

  describe("of an object that cannot be planned", () => {
    for (const [name, headers, change] of [
      ["archived, which its list did not tell", { "x-amz-storage-class": "GLACIER" }, undefined],
      [
        "in an archive tier, which no list tells",
        { "x-amz-storage-class": "INTELLIGENT_TIERING" },
        "ARCHIVE_ACCESS",
      ],
    ] as const) {
      test(`because it is ${name}, begins nothing`, async () => {
        await write({ key: "k", parts: [1, 1], headers });
        rig.at("k").source!.archiveStatus = change;
        const entries = (await list()).map((entry) => ({ ...entry, attributes: undefined }));
        const [task] = await plan(entries);
        assert.deepEqual(written(task), { outcome: "skipped", code: "archived" });
        assert.deepEqual(rig.server.store.uploads(rig.target.name), []);
      });
    }

    test("says why, and goes on with the others", async () => {
      for (const key of ["a", "b", "c"]) await write({ key, parts: [1, 1] });
      const entries = await list();
      rig.server.store.bucket(rig.source.name).versions.delete("b");
      const changed = entries.map((entry) =>
        entry.key === "c" ? { ...entry, etag: "00-2" } : entry,
      );
      const tasks = await plan(changed);
      assert.deepEqual(
        tasks.map(({ key, attributes }) => `${key} ${attributes?.outcome} ${attributes?.code}`),
        [
          "a undefined undefined",
          "a undefined undefined",
          "b failed NoSuchKey",
          "c failed PreconditionFailed",
        ],
      );
    });

    test("because the bucket is not there, answers for all of them and then throws", async () => {
      for (const key of ["a", "b", "c"]) await write({ key, parts: [1, 1] });
      const entries = await list();
      const target = { ...rig.target, name: "no-such-bucket" };
      const tasks: Task[] = [];
      const work = async (): Promise<void> => {
        for await (const page of run(entries, { target, concurrency: 1 })) tasks.push(...page);
      };
      await assert.rejects(
        work,
        (error) => error instanceof S3Error && error.code === "NoSuchBucket",
      );
      assert.deepEqual(
        tasks.map(({ key, attributes }) => `${key} ${attributes?.outcome} ${attributes?.code}`),
        ["a", "b", "c"].map((key) => `${key} failed NoSuchBucket`),
      );
      assert.equal(rig.server.requests.count("CreateMultipartUpload"), 1, "the first told enough");
    });

    test("because of an interrupt, answers for it and leaves nothing behind", async () => {
      for (const key of ["a", "b", "c"]) await write({ key, parts: [1, 1] });
      const interrupt = new AbortController();
      const entries = await list();
      const unlisten = rig.server.requests.listen(({ operation }) => {
        if (operation === "CreateMultipartUpload") interrupt.abort(new Error("interrupted"));
      });
      const tasks = await collect(run(entries, { signal: interrupt.signal, concurrency: 1 }));
      unlisten();
      assert.deepEqual(
        tasks.map(({ key, attributes }) => `${key} ${attributes?.code}`),
        ["a undefined", "a undefined", "b Interrupted", "c Interrupted"],
      );
      assert.equal(rig.server.store.uploads(rig.target.name).length, 1, "the one that was told");
    });
  });

  describe("whose reader is gone", () => {
    test("ends the uploads that nobody was told of", async () => {
      for (const key of ["a", "b", "c"]) await write({ key, parts: [1, 1] });
      // The first page is taken, and what comes after it is not.
      for await (const page of run(await list(), { concurrency: 1 })) {
        assert.equal(recordsOf(page)[0]?.key, "a");
        break;
      }
      assert.deepEqual(rig.server.store.uploads(rig.target.name), []);
    });

    test("leaves them to the next try in a Hadoop task", async () => {
      await write({ key: "a", parts: [1, 1] });
      for await (const page of run(await list(), { keepUploads: true })) {
        assert.equal(page.length, 2);
        break;
      }
      assert.equal(rig.server.store.uploads(rig.target.name).length, 1);
    });

    test("ends an upload whose proofs cannot be had, also in a Hadoop task", async () => {
      rig.server.store.bucket(rig.target.name).encryption = {
        algorithm: "aws:kms",
        keyId: "k",
        bucketKey: false,
      };
      await write({ key: "k", parts: [4, 4, 2] });
      const entries = await list();
      rig.server.faults.add({
        kind: "error",
        code: "AccessDenied",
        operation: "HeadObject",
        after: 2,
      });
      const [task] = await plan(entries, { keepUploads: true });
      assert.equal(task?.attributes?.code, "AccessDenied");
      assert.equal(rig.server.requests.count("CreateMultipartUpload"), 1);
      assert.deepEqual(rig.server.store.uploads(rig.target.name), []);
    });

    test("ends an upload of which it was told only the first tasks", async () => {
      await write({ key: "a", parts: Array(1500).fill(1) as number[] });
      let pages = 0;
      for await (const page of run(await list())) {
        assert.equal(page.length, 1000, "tasks are made a thousand at a time");
        if (++pages === 1) break;
      }
      assert.deepEqual(rig.server.store.uploads(rig.target.name), []);
    });
  });

  describe("that may reuse uploads", () => {
    const entry = { key: "k", parts: [1, 1] };
    const begin = async (key: string): Promise<string> =>
      (await createMultipartUpload(rig.target, key)).uploadId;

    test("takes the newest of the key", async () => {
      await write(entry);
      await begin("k");
      const uploadId = await begin("k");
      await begin("k2");
      const tasks = await plan(await list(), { reuseUploads: true });
      assert.deepEqual(
        tasks.map(({ part }) => part?.uploadId),
        [uploadId, uploadId],
      );
      assert.equal(rig.server.store.uploads(rig.target.name).length, 3);
    });

    test("begins one where there is none of the key", async () => {
      await write(entry);
      await begin("k2");
      const [task] = await plan(await list(), { reuseUploads: true });
      assert.ok(
        rig.server.store
          .uploads(rig.target.name)
          .some(({ key, uploadId }) => key === "k" && uploadId === task?.part?.uploadId),
      );
    });

    test("leaves one that is older than the object, which was begun for another", async () => {
      const uploadId = await begin("k");
      await write(entry);
      const entries = (await list()).map((one) => ({ ...one, mtime: "2999-01-01 00:00:00" }));
      const [task] = await plan(entries, { reuseUploads: true });
      assert.notEqual(task?.part?.uploadId, uploadId);
    });

    test("begins one where it may not list them", async () => {
      await write(entry);
      const target = interfered(rig.target, {
        request(asked) {
          if (asked.operation !== "ListMultipartUploads") return asked;
          throw new S3Error("AccessDenied", "no", { status: 403 });
        },
      });
      const [task] = await plan(await list(), { reuseUploads: true, target });
      assert.equal(task?.attributes?.outcome, undefined);
    });

    test("makes no new uploads when run twice, also at once", async () => {
      await write(entry);
      const entries = await list();
      const first = await plan(entries, { reuseUploads: true });
      const again = await Promise.all([1, 2].map(() => plan(entries, { reuseUploads: true })));
      for (const tasks of again) {
        assert.deepEqual(
          tasks.map(({ part }) => part),
          first.map(({ part }) => part),
        );
      }
    });
  });

  function run(
    entries: readonly Entry[],
    needs: Partial<MultipartlistNeeds> & { concurrency?: number; signal?: AbortSignal } = {},
  ): ReturnType<typeof multipartlist.run> {
    const { signal = new AbortController().signal } = needs;
    const context = {
      counters: new Counters(),
      concurrency: 4,
      source: rig.source,
      target: rig.target,
    };
    return multipartlist.run(pagesOf(entries, 2), { ...context, ...needs, signal });
  }

  function plan(
    entries: readonly Entry[],
    needs: Parameters<typeof run>[1] = {},
  ): Promise<readonly Task[]> {
    return collect(asLines(run(entries, needs), multipartlist.writes));
  }

  async function write(object: Omit<ObjectSpec, "body"> & { readonly parts: readonly number[] }) {
    const body = Buffer.alloc(
      object.parts.reduce((sum, part) => sum + part, 0),
      "x",
    );
    await writeObject(rig.source, { ...object, body });
  }

  async function list(): Promise<readonly Entry[]> {
    const lines = pagesOf([{ delimiter: "", prefix: "" }]);
    const signal = new AbortController().signal;
    const context = { counters: new Counters(), concurrency: 1, signal, bucket: rig.source };
    const entries = await collect(bucketlist.run(lines, context));
    rig.server.requests.clear();
    return entries;
  }

  async function planOf(
    object: Parameters<typeof write>[0],
    needs: Parameters<typeof run>[1] = {},
  ): Promise<readonly Task[]> {
    await write(object);
    return plan(await list(), needs);
  }
});

/** The attributes that a line has. */
function written(task: Task | undefined): Record<string, string> {
  const pairs = Object.entries(task?.attributes ?? {});
  return Object.fromEntries(
    pairs.filter((pair): pair is [string, string] => pair[1] !== undefined),
  );
}

/** A bucket whose objects were stored before S3 gave each a checksum. */
function withoutChecksums(bucket: S3Bucket): S3Bucket {
  return interfered(bucket, {
    request: (asked) => ({
      ...asked,
      headers: { ...asked.headers, "x-amz-checksum-mode": undefined },
    }),
  });
}
