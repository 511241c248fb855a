/** The pipe from one account's bucket to another's, on every server: a copy is the same object, or its result says what differs. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Result } from "../../src/record/result.ts";
import { createBucket } from "../../src/s3/bucket.ts";
import type { S3Bucket } from "../../src/s3/client.ts";
import { headObject } from "../../src/s3/head-object.ts";
import { listMultipartUploads } from "../../src/s3/list-multipart-uploads.ts";
import { carriedHeaders } from "../../src/s3/object-head.ts";
import { getObjectTagging } from "../../src/s3/tagging.ts";
import { openBucket } from "../support/connect.ts";
import type { Feature } from "../support/gaps.ts";
import { type PipeOptions, runPipe } from "../support/pipe.ts";
import { randomKey, seededRandom } from "../support/random.ts";
import { newBucketName, type RunningServer, testServers } from "../support/servers.ts";
import { type ObjectSpec, writeObject } from "../support/write-object.ts";

const mib = 2 ** 20;

/** The keys that a file tree can hold and all servers take. */
const plainKeys = [
  "a b",
  " leading and trailing ",
  "plus+percent%20%2F%",
  "quotes'\"<>&",
  "#comment",
  "a,b;c=d?e&f",
  "[brackets]{}^~|`*!()$@:",
  "ümläut/é/日本語",
  "\u00a0\u2028\ue000\ufffd",
  "😀𝄞\u{10ffff}",
  "\ufefffirst",
];

const random = seededRandom(11);
const withControls = Array.from({ length: 40 }, () => randomKey(random));
const oddKeys = withControls.filter((key) => !/[\t\n\r]/.test(key));

const cases: readonly {
  readonly name: string;
  readonly needs?: readonly Feature[];
  readonly objects: readonly ObjectSpec[];
  readonly options?: PipeOptions;
}[] = [
  {
    name: "keys that all take",
    objects: plainKeys.map((key) => ({ key, body: Buffer.from(key) })),
  },
  {
    name: "odd keys, as folders and files would not be",
    needs: ["slashKeys", "keyBesideFolder"],
    objects: ["a", "a/", "a/b", "/", "//", "a//b", "./..", "\\N", ...oddKeys].map((key) => ({
      key,
      body: Buffer.from(key),
    })),
  },
  {
    name: "keys with control characters",
    needs: ["slashKeys", "keyBesideFolder", "controlCharacters"],
    objects: withControls.map((key) => ({ key, body: Buffer.from(key) })),
  },
  {
    name: "the longest keys",
    needs: ["longKeySegments"],
    objects: ["k".repeat(1024), "é".repeat(512)].map((key) => ({ key, body: Buffer.from("x") })),
  },
  {
    name: "empty objects, and those of one part",
    objects: [
      { key: "empty", body: Buffer.alloc(0) },
      { key: "one-part", body: Buffer.from("hello"), parts: [5] },
      { key: "one-part-of-6-mib", body: Buffer.alloc(6 * mib, "x"), parts: [6 * mib] },
    ],
  },
  {
    name: "metadata and content headers, of plain and multipart objects",
    objects: [undefined, [6]].map((parts, i) => ({
      key: `with-headers-${i}`,
      body: Buffer.from("hello!"),
      parts,
      headers: {
        "content-type": "text/html; charset=utf-8",
        "cache-control": "max-age=3600, public",
        "content-disposition": 'attachment; filename="a b.html"',
        "content-encoding": "gzip",
        "content-language": "de, en",
        "x-amz-meta-plain": "a, b; c=d",
        "x-amz-meta-encoded": "=?UTF-8?B?w6TDtsO8?=",
        "x-amz-meta-x-y_z": "1",
      },
    })),
  },
  {
    name: "tags",
    objects: [
      { key: "tagged", body: Buffer.from("x"), headers: { "x-amz-tagging": "a=1&b%20c=%C3%A9" } },
    ],
  },
  {
    name: "tags of a multipart object",
    needs: ["tagsAtCreate"],
    objects: [
      {
        key: "tagged",
        body: Buffer.from("x"),
        parts: [1],
        headers: { "x-amz-tagging": "a=1&b=2" },
      },
    ],
  },
  {
    name: "storage classes",
    objects: [undefined, [1]].map((parts, i) => ({
      key: `cold-${i}`,
      body: Buffer.from("x"),
      parts,
      headers: { "x-amz-storage-class": "STANDARD_IA" },
    })),
  },
  {
    name: "parts as the AWS CLI cuts them",
    objects: [
      { key: "cli", body: Buffer.alloc(20 * mib, "abc"), parts: [8 * mib, 8 * mib, 4 * mib] },
    ],
  },
  {
    name: "uneven parts and odd sizes",
    needs: ["partNumber"],
    objects: [
      { key: "uneven", body: bodyOf(5 * mib + 1, 6 * mib + 7, 3) },
      { key: "larger-last", body: bodyOf(5 * mib, 7 * mib) },
      { key: "of-7-mib", body: bodyOf(7 * mib, 7 * mib, 2 * mib) },
    ].map(({ key, body }) => ({ key, body: body.bytes, parts: body.parts })),
  },
  {
    name: "checksums of plain objects",
    needs: ["checksumsVerified"],
    objects: (["CRC32", "SHA256"] as const).map((algorithm) => ({
      key: algorithm,
      body: Buffer.from("hello"),
      checksum: { algorithm, type: "FULL_OBJECT" },
    })),
  },
  {
    // One over the whole is told by lists only, and by none of the servers that others wrote.
    name: "checksums of the parts of multipart objects",
    needs: ["partChecksums"],
    objects: (["CRC32", "SHA256"] as const).map((algorithm) => ({
      key: algorithm,
      body: Buffer.alloc(5 * mib + 10, "xyz"),
      parts: [5 * mib, 10],
      checksum: { algorithm, type: "COMPOSITE" },
    })),
  },
];

for (const server of testServers) {
  describe(`the pipe on ${server.name}`, server.options, () => {
    let running: RunningServer;
    const opened: S3Bucket[] = [];
    before(async () => {
      running = await server.start();
    });
    after(async () => {
      await Promise.all(opened.map((bucket) => bucket.s3.close()));
      await running.stop();
    });

    /** Of two accounts, or of one, which may have S3 copy by itself. */
    async function buckets(
      owner: "target" | "source" = "target",
    ): Promise<{ readonly source: S3Bucket; readonly target: S3Bucket }> {
      const account = running[owner];
      const source = openBucket(running, running.source, newBucketName(running.source, "src"));
      const target = openBucket(running, account, newBucketName(account, "dst"));
      opened.push(source, target);
      await createBucket(source);
      await createBucket(target);
      return { source, target };
    }

    /** A bucket of which it is known where it is, so that its S3 may be asked to copy. */
    const known = (bucket: S3Bucket): S3Bucket => ({ ...bucket, endpoint: running.url });

    for (const { name, needs = [], objects, options } of cases) {
      test(`copies ${name}, twice`, server.needs(...needs), async () => {
        const { source, target } = await buckets();
        for (const object of objects) await writeObject(source, object);
        for (let time = 1; time <= 2; time++) {
          const { results } = await runPipe(source, target, options);
          assert.deepEqual(
            results.filter(({ attributes }) => attributes !== undefined),
            [],
          );
          const keys = new Set(results.map(({ key }) => key));
          assert.deepEqual([...keys].sort(), objects.map(({ key }) => key).sort());
          for (const key of keys) await assertSame(source, target, key);
        }
        assert.deepEqual((await listMultipartUploads(target)).uploads, []);
      });

      test(`has S3 copy ${name}, where it can`, server.needs(...needs), async () => {
        const { source, target } = await buckets("source");
        for (const object of objects) await writeObject(source, object);
        const { results } = await runPipe(known(source), known(target), options);
        assert.deepEqual(
          results.filter(({ attributes }) => attributes !== undefined),
          [],
        );
        for (const { key } of objects) await assertSame(source, target, key);
        assert.deepEqual((await listMultipartUploads(target)).uploads, []);
      });
    }

    test("has S3 copy objects in one piece", async () => {
      const { source, target } = await buckets("source");
      const headers = { "x-amz-meta-a": "1", "x-amz-tagging": "a=1" };
      for (const key of ["a", "b/c", "ü +"]) {
        await writeObject(source, { key, body: Buffer.from(key), headers });
      }
      const { results } = await runPipe(source, target, { copy: { via: "server" } });
      assert.ok(results.every(({ attributes }) => attributes === undefined));
      for (const { key } of results) await assertSame(source, target, key);
    });

    test("writes nothing where there is something", async () => {
      const { source, target } = await buckets("source");
      await writeObject(source, { key: "k", body: Buffer.from("new") });
      await writeObject(target, { key: "k", body: Buffer.from("older") });
      const copy = { noOverwrite: true };
      const { results } = await runPipe(known(source), known(target), { copy });
      assert.deepEqual(results.map(codesOf), [["exists"]]);
      assert.equal((await headObject(target, "k")).size, 5);
    });

    test("finds out by one object that S3 may not copy from another account", async () => {
      const { source, target } = await buckets();
      for (const key of ["a", "b", "c"]) {
        await writeObject(source, { key, body: Buffer.from(key) });
      }
      const { counters } = await runPipe(known(source), known(target));
      for (const key of ["a", "b", "c"]) await assertSame(source, target, key);
      assert.ok(counters.get("objectcopy", "CopyRefused") <= 1);
    });

    test("says of a multipart object with tags whether they are kept", async () => {
      const { source, target } = await buckets();
      const headers = { "x-amz-tagging": "a=1" };
      await writeObject(source, { key: "k", body: Buffer.from("x"), headers });
      await writeObject(source, { key: "p", body: Buffer.from("x"), parts: [1], headers });
      const { results } = await runPipe(source, target);
      for (const { key, attributes } of results) {
        // A source that has lost them itself has none to lose.
        const [had, has] = [await headObject(source, key), await headObject(target, key)];
        const isLost = has.tagCount < had.tagCount;
        assert.equal(codesOf({ attributes }).includes("TagsLost"), isLost, key);
      }
    });

    test("says of parts that it could not find out that the ETag differs", async () => {
      const { source, target } = await buckets();
      const { bytes, parts } = bodyOf(5 * mib, 6 * mib);
      await writeObject(source, { key: "k", body: bytes, parts });
      const { results } = await runPipe(source, target);
      const [from, to] = [await headObject(source, "k"), await headObject(target, "k")];
      assert.equal(to.size, bytes.length);
      assert.notEqual(results.length, 0);
      for (const result of results) {
        assert.equal(codesOf(result).includes("ETagDiffers"), from.etag !== to.etag);
      }
    });
  });
}

function codesOf({ attributes }: Pick<Result, "attributes">): readonly string[] {
  return attributes?.code?.split(",") ?? [];
}

/** Bytes in parts of these lengths, no two parts alike. */
function bodyOf(...parts: readonly number[]): {
  readonly bytes: Buffer;
  readonly parts: readonly number[];
} {
  return {
    bytes: Buffer.concat(parts.map((length, i) => Buffer.alloc(length, `part ${i}`))),
    parts,
  };
}

async function assertSame(source: S3Bucket, target: S3Bucket, key: string): Promise<void> {
  const [from, to] = await Promise.all(
    [source, target].map(async (bucket) => {
      const head = await headObject(bucket, key, { checksums: true });
      const { etag, size, storageClass, checksum } = head;
      const tags = head.tagCount > 0 ? await getObjectTagging(bucket, key) : [];
      return { etag, size, storageClass, checksum, headers: carriedHeaders(head), tags };
    }),
  );
  assert.deepEqual(to, from, key);
}
