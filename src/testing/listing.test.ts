import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, describe, test } from "node:test";

import {
  CreateBucketCommand,
  DeleteObjectsCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import type { ListObjectsV2CommandInput } from "@aws-sdk/client-s3";

import { rawRequest } from "./raw-request.ts";
import { startServer } from "./server.ts";
import type { S3Server } from "./server.ts";

const account = { accessKeyId: "AKALICE", secretAccessKey: "secret", displayName: "alice" };
const Bucket = "photos";
const keys = [
  "/lead",
  "2023/a",
  "2023/b",
  "2024",
  "2024/",
  "2024//x",
  "2024/a/1",
  "2024/a/2",
  "2024/b",
  "2024x",
  "A",
  "a b",
  "a+b",
  "a\u0001b",
  "é",
  "\uffee",
  "\u{1f600}",
];
const inOrder = keys.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
let server: S3Server;
let s3: S3Client;

before(async () => {
  server = await startServer({ accounts: [account], pageSize: 4 });
  s3 = new S3Client({
    endpoint: server.url,
    region: server.region,
    forcePathStyle: true,
    credentials: account,
  });
  await s3.send(new CreateBucketCommand({ Bucket }));
  for (const Key of keys.toReversed())
    await s3.send(new PutObjectCommand({ Bucket, Key, Body: Key }));
});

after(async () => {
  s3.destroy();
  await server.close();
  assert.deepEqual(server.bugs, []);
});

/**
 * Every key and common prefix of all pages, prefixes marked by a `*`, and how many pages there
 * were.
 */
async function list(
  input: Partial<ListObjectsV2CommandInput>,
): Promise<{ found: string[]; pages: number }> {
  const found: string[] = [];
  let pages = 0;
  let ContinuationToken: string | undefined;
  do {
    const page: Awaited<ReturnType<typeof send>> = await send({ ...input, ContinuationToken });
    const names = [
      ...(page.Contents ?? []).map(({ Key }) => decode(Key!)),
      ...(page.CommonPrefixes ?? []).map(({ Prefix }) => `${decode(Prefix!)}*`),
    ];
    assert.equal(page.KeyCount, names.length);
    found.push(...names);
    pages += 1;
    ContinuationToken = page.IsTruncated === true ? page.NextContinuationToken! : undefined;
  } while (ContinuationToken !== undefined);
  return { found, pages };
}

function send(input: Partial<ListObjectsV2CommandInput>) {
  return s3.send(new ListObjectsV2Command({ Bucket, EncodingType: "url", ...input }));
}

function decode(name: string): string {
  return decodeURIComponent(name.replaceAll("+", " "));
}

function get(query: string, headers: Record<string, string> = {}) {
  const target = `/${Bucket}?${query}`;
  return rawRequest(server.port, account, { method: "GET", target, headers });
}

describe("ListObjectsV2", () => {
  test("gives all keys in the order of their bytes, over pages", async () => {
    assert.deepEqual(await list({}), { found: inOrder, pages: 5 });
  });

  test("pages as small as the client asks for", async () => {
    assert.deepEqual(await list({ MaxKeys: 1 }), { found: inOrder, pages: inOrder.length });
  });

  test("needs no page more when the last one is just full", async () => {
    const { found, pages } = await list({ Prefix: "2023/", MaxKeys: 2 });
    assert.deepEqual([found, pages], [["2023/a", "2023/b"], 1]);
  });

  const cases: {
    name: string;
    input: Partial<ListObjectsV2CommandInput>;
    found: readonly string[];
  }[] = [
    {
      name: "only keys with a prefix",
      input: { Prefix: "2024/a" },
      found: ["2024/a/1", "2024/a/2"],
    },
    { name: "nothing for a prefix that no key has", input: { Prefix: "zzz" }, found: [] },
    {
      name: "common prefixes for keys with a delimiter",
      input: { Prefix: "20", Delimiter: "/" },
      found: ["2023/*", "2024", "2024/*", "2024x"],
    },
    {
      name: "an empty name between two delimiters as a prefix",
      input: { Prefix: "2024/", Delimiter: "/" },
      found: ["2024/", "2024//*", "2024/a/*", "2024/b"],
    },
    {
      name: "prefixes by any delimiter",
      input: { Prefix: "2024", Delimiter: "/a/" },
      found: ["2024", "2024/", "2024//x", "2024/a/*", "2024/b", "2024x"],
    },
    {
      name: "only keys after one",
      input: { Prefix: "2024", StartAfter: "2024/a/1" },
      found: ["2024/a/2", "2024/b", "2024x"],
    },
    {
      name: "only keys after one that is not there",
      input: { Prefix: "2024", StartAfter: "2024/a/" },
      found: ["2024/a/1", "2024/a/2", "2024/b", "2024x"],
    },
    {
      name: "no common prefix that is not after the start",
      input: { Prefix: "20", Delimiter: "/", StartAfter: "2023/a" },
      found: ["2024", "2024/*", "2024x"],
    },
    { name: "nothing for no keys", input: { MaxKeys: 0 }, found: [] },
  ];
  for (const { name, input, found } of cases) {
    for (const MaxKeys of [1, 3, 1000]) {
      test(`gives ${name}, ${MaxKeys} a page`, async () => {
        const listed = await list({ MaxKeys, ...input });
        assert.deepEqual(listed.found.toSorted(), [...found].toSorted());
      });
    }
  }

  test("describes each object", async () => {
    const page = await send({ Prefix: "A", FetchOwner: true });
    const [entry] = page.Contents ?? [];
    assert.equal(entry?.ETag, '"7fc56270e7a70fa81a5935b72eacbe29"');
    assert.equal(entry?.Size, 1);
    assert.equal(entry?.StorageClass, "STANDARD");
    assert.deepEqual(entry?.ChecksumAlgorithm, ["CRC32"]);
    assert.equal(entry?.ChecksumType, "FULL_OBJECT");
    assert.equal(entry?.Owner?.DisplayName, "alice");
    assert.equal((await send({ Prefix: "A" })).Contents?.[0]?.Owner, undefined);
  });

  test("encodes names for encoding-type=url, and as XML must without", async () => {
    const encoded = await get("list-type=2&prefix=a&encoding-type=url");
    assert.match(encoded.text, /<Key>a%01b<\/Key>.*<Key>a\+b<\/Key>.*<Key>a%2Bb<\/Key>/s);
    const plain = await get("list-type=2&prefix=a");
    assert.match(plain.text, /<Key>a&#x1;b<\/Key>.*<Key>a b<\/Key>.*<Key>a\+b<\/Key>/s);
  });

  const refused = [
    { name: "a token that was damaged", query: "list-type=2&continuation-token=nonsense" },
    { name: "max-keys that is no number", query: "list-type=2&max-keys=ten" },
    { name: "negative max-keys", query: "list-type=2&max-keys=-1" },
    { name: "an unknown encoding", query: "list-type=2&encoding-type=base64" },
  ];
  for (const { name, query } of refused) {
    test(`refuses ${name}`, async () => {
      const reply = await get(query);
      assert.deepEqual([reply.status, reply.code], [400, "InvalidArgument"]);
    });
  }

  test("does not list a bucket for a subresource it does not know", async () => {
    for (const query of [
      "inventory&id=x",
      "metrics",
      "analytics",
      "list-type=2&intelligent-tiering",
    ]) {
      const reply = await get(query);
      assert.deepEqual([reply.status, reply.code], [501, "NotImplemented"], query);
    }
  });
});

describe("ListObjects", () => {
  test("goes on from the last key, or with a delimiter from NextMarker", async () => {
    for (const Delimiter of [undefined, "/"]) {
      const found: string[] = [];
      let Marker: string | undefined;
      for (;;) {
        const page = await s3.send(
          new ListObjectsCommand({
            Bucket,
            Prefix: "20",
            MaxKeys: 2,
            EncodingType: "url",
            Delimiter,
            Marker,
          }),
        );
        const pageKeys = (page.Contents ?? []).map(({ Key }) => Key!);
        found.push(...pageKeys, ...(page.CommonPrefixes ?? []).map(({ Prefix }) => Prefix!));
        if (page.IsTruncated !== true) break;
        assert.equal(page.NextMarker !== undefined, Delimiter !== undefined);
        Marker = page.NextMarker ?? pageKeys.at(-1);
      }
      const expected =
        Delimiter === undefined
          ? inOrder.filter((key) => key.startsWith("20"))
          : ["2023/", "2024", "2024/", "2024x"];
      assert.deepEqual(found.toSorted(), expected.toSorted());
    }
  });
});

describe("DeleteObjects", () => {
  test("deletes keys of any characters, and those that are not there", async () => {
    const odd = ["a&b", "a\r\nb", " a ", "<x>", "a\u0001"];
    for (const Key of odd) await s3.send(new PutObjectCommand({ Bucket, Key, Body: "x" }));
    const xml = [...odd, "none"]
      .map((key) => `<Object><Key>${reference(key)}</Key></Object>`)
      .join("");
    const body = `<Delete>${xml}</Delete>`;
    const reply = await rawRequest(server.port, account, {
      method: "POST",
      target: `/${Bucket}?delete`,
      body,
      headers: { "content-md5": createHash("md5").update(body).digest("base64") },
    });
    assert.equal(reply.text.match(/<Deleted>/g)?.length, 6);
    assert.deepEqual(server.store.keys(Bucket), inOrder);
  });

  test("wants the body's MD5 or checksum", async () => {
    const body = "<Delete><Object><Key>A</Key></Object></Delete>";
    const target = `/${Bucket}?delete`;
    const reply = await rawRequest(server.port, account, { method: "POST", target, body });
    assert.deepEqual([reply.status, reply.code], [400, "InvalidRequest"]);
  });

  test("says nothing of what went well when quiet, and names what did not", async () => {
    await s3.send(new PutObjectCommand({ Bucket, Key: "gone", Body: "x" }));
    await s3.send(new PutObjectCommand({ Bucket, Key: "kept", Body: "x" }));
    const Objects = [{ Key: "gone" }, { Key: "kept", ETag: '"other"' }];
    const reply = await s3.send(
      new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }),
    );
    assert.equal(reply.Deleted, undefined);
    assert.deepEqual(
      reply.Errors?.map(({ Key, Code }) => [Key, Code]),
      [["kept", "PreconditionFailed"]],
    );
    assert.ok(server.store.object(Bucket, "kept"));
    assert.equal(server.store.object(Bucket, "gone"), undefined);
  });

  test("takes at most 1000 keys", async () => {
    const Objects = Array.from({ length: 1001 }, (_, index) => ({ Key: `k${index}` }));
    const sent = s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
    await assert.rejects(sent, { name: "MalformedXML" });
  });
});

/** Text as numeric references, which say any character. */
function reference(text: string): string {
  return Array.from(text, (character) => `&#${character.codePointAt(0)};`).join("");
}
