/** What a copy may be asked to do otherwise: by both ways, of objects in one piece and in parts, it comes to the same. */
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import type { Result } from "../src/record/result.ts";
import { customerKeyHeaders, customerKeyOf } from "../src/s3/customer-key.ts";
import type { CopyOptions } from "../src/stages/copy-options.ts";
import type { CustomerKeys } from "../src/stages/copy-rules.ts";
import type { StoredObject } from "../src/testing/server.ts";
import { fastClock, type PipeOptions, runPipe } from "./support/pipe.ts";
import { bytesOf, openRig, type Rig } from "./support/rig.ts";
import { type ObjectSpec, writeObject } from "./support/write-object.ts";

const headers = {
  "content-type": "text/css",
  "cache-control": "no-store",
  "x-amz-meta-a": "1",
  "x-amz-meta-b": "2",
  "x-amz-tagging": "t=1",
  "x-amz-storage-class": "STANDARD_IA",
  "x-amz-website-redirect-location": "/there",
};
const [key1, key2] = [customerKeyOf(Buffer.alloc(32, 1)), customerKeyOf(Buffer.alloc(32, 2))];

/** Of each object, what a change comes to; what is not named here stays as it is. */
interface Expected {
  readonly headers?: Readonly<Record<string, string>>;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly tags?: readonly { readonly key: string; readonly value: string }[];
  readonly storageClass?: string;
  readonly websiteRedirect?: string | undefined;
  readonly encryption?: object;
  readonly checksum?: string;
}

const cases: readonly {
  readonly name: string;
  readonly copy: CopyOptions;
  readonly keys?: CustomerKeys;
  readonly object?: Readonly<Record<string, string>>;
  readonly expected: Expected;
  readonly code?: string;
}[] = [
  { name: "nothing but the redirect", copy: { websiteRedirect: "keep" }, expected: {} },
  {
    name: "another class",
    copy: { storageClass: "GLACIER_IR", websiteRedirect: "keep" },
    expected: { storageClass: "GLACIER_IR" },
  },
  {
    name: "a redirect",
    copy: { websiteRedirect: "https://example.org/" },
    expected: { websiteRedirect: "https://example.org/" },
  },
  {
    name: "more metadata",
    copy: { metadata: { b: "ü", c: "3" }, contentLanguage: "de" },
    expected: {
      headers: {
        "content-type": "text/css",
        "cache-control": "no-store",
        "content-language": "de",
      },
      metadata: { a: "1", b: "ü", c: "3" },
    },
  },
  {
    name: "other metadata",
    copy: {
      metadataDirective: "replace",
      metadata: { c: "3" },
      contentType: "text/plain",
      contentDisposition: "inline",
      contentEncoding: "gzip",
      cacheControl: "private",
      expires: "Wed, 21 Oct 2026 07:28:00 GMT",
      websiteRedirect: "keep",
    },
    expected: {
      headers: {
        "content-type": "text/plain",
        "content-disposition": "inline",
        "content-encoding": "gzip",
        "cache-control": "private",
        expires: "Wed, 21 Oct 2026 07:28:00 GMT",
      },
      metadata: { c: "3" },
    },
  },
  {
    name: "other tags",
    copy: { taggingDirective: "replace", tags: { x: "1 &2" }, websiteRedirect: "keep" },
    expected: { tags: [{ key: "x", value: "1 &2" }] },
  },
  {
    name: "no tags",
    copy: { taggingDirective: "replace", websiteRedirect: "keep" },
    expected: { tags: [] },
  },
  {
    name: "KMS",
    copy: { sse: "aws:kms", sseKmsKeyId: "k1", bucketKey: true, websiteRedirect: "keep" },
    expected: { encryption: { algorithm: "aws:kms", keyId: "k1", bucketKey: true } },
    code: "ETagDiffers",
  },
  {
    name: "a customer's key",
    copy: { websiteRedirect: "keep" },
    keys: { target: key2 },
    expected: { encryption: { algorithm: "customer", keyMd5: key2.md5 } },
    code: "ETagDiffers",
  },
  {
    name: "the source's in place of a customer's key",
    copy: { websiteRedirect: "keep" },
    keys: { source: key1 },
    object: customerKeyHeaders(key1) as Record<string, string>,
    expected: { encryption: { algorithm: "AES256", keyId: undefined, bucketKey: false } },
    code: "ETagDiffers",
  },
  {
    name: "another customer's key",
    copy: { websiteRedirect: "keep" },
    keys: { source: key1, target: key2 },
    object: customerKeyHeaders(key1) as Record<string, string>,
    expected: { encryption: { algorithm: "customer", keyMd5: key2.md5 } },
    code: "ETagDiffers",
  },
  ...(["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"] as const).map((algorithm) => ({
    name: `the checksum ${algorithm}`,
    copy: { checksumAlgorithm: algorithm, websiteRedirect: "keep" },
    expected: { checksum: algorithm },
  })),
];

describe("a copy by", () => {
  let rig: Rig;
  before(async () => {
    rig = await openRig();
    rig.share();
  });
  after(() => rig.close());
  beforeEach(() => {
    rig.server.faults.clear();
    for (const name of [rig.source.name, rig.target.name]) {
      const bucket = rig.server.store.bucket(name);
      for (const key of rig.server.store.keys(name)) bucket.versions.delete(key);
    }
  });

  const kinds: readonly {
    readonly name: string;
    readonly object: Pick<ObjectSpec, "body" | "parts">;
  }[] = [
    { name: "in one piece", object: { body: Buffer.from("12345") } },
    { name: "in one piece, not held in memory", object: { body: Buffer.alloc(500, "12345") } },
    { name: "in parts", object: { body: Buffer.alloc(500, "12345"), parts: [300, 200] } },
  ];
  for (const via of ["server", "stream"] as const) {
    for (const { name: kind, object } of kinds) {
      test(`${via} keeps the lock of an object ${kind} where it is asked to`, async () => {
        const until = new Date(Math.ceil(Date.now() / 1000 + 3600) * 1000);
        const lock = {
          "x-amz-object-lock-mode": "GOVERNANCE",
          "x-amz-object-lock-retain-until-date": until.toISOString(),
          "x-amz-object-lock-legal-hold": "ON",
        };
        const [from, to] = [rig.source, rig.target].map(({ name }) =>
          rig.server.store.bucket(name),
        );
        from!.hasObjectLock = to!.hasObjectLock = true;
        await write({ key: "k", ...object, headers: lock });
        assert.deepEqual(codesOf(await copied({ copy: { via } })), ["copied"]);
        assert.equal(rig.at("k").target?.lock, undefined);
        assert.deepEqual(codesOf(await copied({ copy: { via, objectLock: "keep" } })), ["copied"]);
        const expected = { retention: { mode: "GOVERNANCE", until }, legalHold: true };
        assert.deepEqual(rig.at("k").target?.lock, expected);
      });

      for (const { name, copy, keys, object: more, expected, code } of cases) {
        test(`${via} gives an object ${kind} ${name}`, async () => {
          await write({ key: "k", headers: { ...headers, ...more }, ...object }, more);
          const [result] = await copied({ copy: { ...copy, via }, keys });
          const { source, target } = rig.at("k");
          assert.ok(source && target, JSON.stringify(result));
          assert.ok(bytesOf(source).equals(bytesOf(target)));
          assert.deepEqual(shown(target), { ...shown(source), ...expected });
          assert.equal(result?.attributes?.code, code);
          assert.equal(target.parts?.length, source.parts?.length);
        });
      }

      test(`${via} puts an object ${kind} under another key, and says so`, async () => {
        await write({ key: "old/a1", ...object });
        const copy = {
          via,
          stripPrefix: "old/",
          toPrefix: "new/",
          rewriteKey: "s/([a-z])(\\d)/\\2&/",
        };
        const results = await copied({ copy });
        assert.deepEqual(rig.server.store.keys(rig.target.name), ["new/1a1"]);
        assert.ok(results.every(({ attributes }) => attributes?.["to"] === "new/1a1"));
      });

      test(`${via} writes an object ${kind} where there is none, and else skips it`, async () => {
        await write({ key: "k", ...object });
        const copy = { via, noOverwrite: true };
        assert.deepEqual(codesOf(await copied({ copy })), ["copied"]);
        await write({ key: "k", ...object, body: Buffer.alloc(object.body.length, "x") });
        const before = rig.at("k").target!.etag;
        assert.deepEqual(codesOf(await copied({ copy })), ["skipped exists"]);
        assert.equal(rig.at("k").target?.etag, before);
        assert.deepEqual(rig.server.store.uploads(rig.target.name), []);
      });

      test(`${via} verifies the checksum of an object ${kind}`, async () => {
        await write({ key: "k", ...object });
        assert.deepEqual(codesOf(await copied({ copy: { via, verify: "checksum" } })), ["copied"]);
      });

      test(`${via} says when the checksum of an object ${kind} cannot be compared`, async () => {
        await write({ key: "k", ...object });
        const copy = { via, verify: "checksum", checksumAlgorithm: "CRC32" } as const;
        assert.deepEqual(codesOf(await copied({ copy })), ["copied ChecksumUnknown"]);
      });

      // The answer to the first write is lost: the second is refused by what the first has written.
      test(`${via} takes an object ${kind} for its own whose answer was lost`, async () => {
        await write({ key: "k", ...object });
        const operations = ["PutObject", "CopyObject", "CompleteMultipartUpload"] as const;
        for (const operation of operations) {
          rig.server.faults.add({ kind: "resetAfter", operation, count: 1 });
        }
        assert.deepEqual(codesOf(await copied({ copy: { via, noOverwrite: true } })), ["copied"]);
        assert.equal(rig.server.faults.struck("resetAfter"), 1);
        assert.deepEqual(rig.server.store.uploads(rig.target.name), []);
      });
    }
  }

  async function copied(options: PipeOptions): Promise<readonly Result[]> {
    const { source, target } = rig.reopen({ clock: fastClock(50) });
    return (await runPipe(source, target, { maxHeldBytes: 100, ...options })).results;
  }

  /** The parts of an object under a customer's key need the key as well. */
  async function write(
    spec: ObjectSpec,
    partHeaders: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    await writeObject(rig.source, { ...spec, partHeaders });
  }
});

/** What came of each record, once where all parts of an object say the same. */
function codesOf(results: readonly Result[]): readonly string[] {
  const codes = results.map(({ attributes }) =>
    [attributes?.outcome ?? "copied", attributes?.code].filter(Boolean).join(" "),
  );
  return [...new Set(codes)];
}

function shown(object: StoredObject): Expected {
  const { headers, metadata, tags, storageClass, websiteRedirect, encryption, checksum } = object;
  return {
    headers: { ...headers },
    metadata: { ...metadata },
    tags,
    storageClass,
    websiteRedirect,
    encryption: { ...encryption },
    checksum: checksum.algorithm,
  };
}
