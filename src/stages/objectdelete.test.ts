import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { FakeClient, refused } from "../../test/support/fake-client.ts";
import { openRig, type Rig } from "../../test/support/rig.ts";
import { writeObject } from "../../test/support/write-object.ts";
import { Counters } from "../counters.ts";
import type { Attributes } from "../record/attributes.ts";
import type { Entry } from "../record/entry.ts";
import { resultCodec } from "../record/result.ts";
import type { S3Bucket } from "../s3/client.ts";
import { listObjects } from "../s3/list-objects.ts";
import { collect, pagesOf } from "../stream/pages.ts";
import { deleteEntries, objectdelete } from "./objectdelete.ts";

describe("objectdelete", () => {
  let rig: Rig;
  before(async () => {
    rig = await openRig();
  });
  after(() => rig.close());
  beforeEach(() => {
    rig.server.faults.clear();
    rig.server.requests.clear();
  });

  test("deletes a thousand objects with a request, and answers each", async () => {
    const keys = Array.from({ length: 2001 }, (_, i) => `many/${String(i).padStart(4, "0")}`);
    for (const key of keys) await writeObject(rig.target, { key, body: Buffer.from(key) });
    const entries = await listed("many/");
    rig.server.requests.clear();
    const lines = await run(entries, { pageSize: 300 });
    assert.equal(rig.server.requests.count("DeleteObjects"), 3);
    assert.equal(rig.server.requests.total, 3);
    assert.deepEqual(keysOf(lines).sort(), keys);
    assert.match(lines[0]!, /^many\/\d+\t[0-9a-f]{32}(?:\t\\N){5}\tchange=removed$/);
    assert.deepEqual(await listed("many/"), []);
  });

  test("leaves what has become another object since it was listed", async () => {
    for (const key of ["kept", "gone"])
      await writeObject(rig.target, { key, body: Buffer.from(key) });
    const entries = await listed("");
    await writeObject(rig.target, { key: "kept", body: Buffer.from("newer") });
    assert.deepEqual(await outcomes(entries), ["gone", "kept failed PreconditionFailed"]);
    assert.deepEqual(keysOfEntries(await listed("")), ["kept"]);
  });

  test("deletes of a diff only what is removed, and of entries all", async () => {
    const changes = ["added", "changed", "removed", undefined] as const;
    for (const [i, change] of changes.entries()) {
      await writeObject(rig.target, { key: `d${i}`, body: Buffer.from(String(change)) });
    }
    const entries = (await listed("d")).map((entry, i): Entry => ({
      ...entry,
      attributes: { change: changes[i] },
    }));
    assert.deepEqual(await outcomes(entries), [
      "d0 skipped NotRemoved",
      "d1 skipped NotRemoved",
      "d2",
      "d3",
    ]);
    assert.deepEqual(keysOfEntries(await listed("d")), ["d0", "d1"]);
  });

  test("deletes keys that XML cannot carry, and those that are not there", async () => {
    const keys = ["odd/\u0001", "odd/\t😀&<", "odd/not there"];
    for (const key of keys.slice(0, 2))
      await writeObject(rig.target, { key, body: Buffer.from(key) });
    const entries = [...(await listed("odd/")), entry("odd/not there")];
    assert.deepEqual((await outcomes(entries)).length, 3);
    assert.deepEqual(await listed("odd/"), []);
  });

  test("says of each object why it could not be deleted", async () => {
    rig.server.faults.add({ kind: "error", code: "AccessDenied", operation: "DeleteObjects" });
    assert.deepEqual(await outcomes([entry("a"), entry("b")]), [
      "a failed AccessDenied",
      "b failed AccessDenied",
    ]);
  });

  test("answers for all entries when the bucket is not there, and then tells so", async () => {
    const bucket = { ...rig.target, name: "no-such-bucket" };
    const found: string[] = [];
    const entries = pagesOf([entry("a"), entry("b")], 1);
    await assert.rejects(async () => {
      for await (const page of objectdelete.run(entries, context(bucket))) {
        found.push(...Array.from(page, ({ key, attributes }) => `${key} ${attributes?.code}`));
      }
    }, /bucket/i);
    assert.deepEqual(found, ["a NoSuchBucket", "b NoSuchBucket"]);
  });

  test("counts what was deleted", async () => {
    await writeObject(rig.target, { key: "counted", body: Buffer.from("x") });
    const counters = new Counters();
    const entries = pagesOf([...(await listed("counted")), entry("kept", { change: "added" })]);
    await collect(objectdelete.run(entries, { ...context(rig.target), counters }));
    assert.equal(counters.get(rig.target.name, "Deleted"), 1);
  });

  function context(target: S3Bucket) {
    const { signal } = new AbortController();
    return { target, counters: new Counters(), concurrency: 2, signal };
  }

  async function run(entries: readonly Entry[], { pageSize = 2 } = {}): Promise<string[]> {
    const results = await collect(
      objectdelete.run(pagesOf(entries, pageSize), context(rig.target)),
    );
    return results.map((result) => resultCodec.encode(result));
  }

  async function outcomes(entries: readonly Entry[]): Promise<string[]> {
    const results = await collect(objectdelete.run(pagesOf(entries), context(rig.target)));
    return results
      .map(({ key, attributes: { outcome, code } = {} }) => [key, outcome, code])
      .map((words) => words.filter((word) => word !== undefined).join(" "))
      .sort();
  }

  async function listed(prefix: string): Promise<Entry[]> {
    const entries: Entry[] = [];
    let token: string | undefined;
    do {
      const page = await listObjects(rig.target, { prefix, continuationToken: token });
      entries.push(...page.objects.map(({ key, etag }) => ({ ...entry(key), etag })));
      token = page.nextToken;
    } while (token !== undefined);
    return entries;
  }
});

describe("one request of deletions", () => {
  test("is repeated for those alone that fail with what may pass", async () => {
    const client = new FakeClient([
      { body: failures("b InternalError", "c AccessDenied", "d SlowDown") },
      { body: failures("d SlowDown") },
      { body: failures() },
    ]);
    const entries = ["a", "b", "c", "d"].map((key) => entry(key));
    const results = await deleteEntries(client.bucket(), entries);
    assert.deepEqual(
      results.map(({ key, attributes }) => `${key} ${attributes?.code ?? "deleted"}`),
      ["a deleted", "b deleted", "c AccessDenied", "d deleted"],
    );
    assert.deepEqual(
      client.requests.map(({ body }) => keysIn(body)),
      [["a", "b", "c", "d"], ["b", "d"], ["d"]],
    );
  });

  test("is given up for those that fail each time", async () => {
    const client = new FakeClient(() => ({ body: failures("b SlowDown") }));
    const results = await deleteEntries(client.bucket(), [entry("a"), entry("b")]);
    assert.deepEqual(
      results.map(({ attributes }) => attributes?.code),
      [undefined, "SlowDown"],
    );
  });

  test("that is refused as a whole is an error", async () => {
    const client = new FakeClient([refused("AccessDenied", 403)]);
    await assert.rejects(deleteEntries(client.bucket(), [entry("a")]), { code: "AccessDenied" });
  });

  test("has the ETag as its condition, but for a version, which stays what it is", async () => {
    const client = new FakeClient([{ body: failures() }]);
    const results = await deleteEntries(client.bucket(), [
      entry("a"),
      entry("b", { version: "v1" }),
      { ...entry("c", { version: "v2", marker: "delete" }), etag: "" },
    ]);
    assert.match(
      textOf(client.requests[0]?.body),
      /<Key>a<\/Key><ETag>&quot;e&quot;<\/ETag>.*<Key>b<\/Key><VersionId>v1<\/VersionId><\/Object>.*<VersionId>v2<\/VersionId><\/Object>/,
    );
    assert.deepEqual(
      results.map(({ attributes }) => attributes?.version),
      [undefined, "v1", "v2"],
    );
  });
});

function entry(key: string, attributes?: Attributes): Entry {
  return { key, etag: "e", size: 1, mtime: "2026-01-01 00:00:00", attributes };
}

function failures(...each: readonly string[]): string {
  const errors = each.map((text) => {
    const [key, code] = text.split(" ");
    return `<Error><Key>${key}</Key><Code>${code}</Code><Message>m</Message></Error>`;
  });
  return `<DeleteResult>${errors.join("")}</DeleteResult>`;
}

function keysIn(body: unknown): readonly string[] {
  return Array.from(textOf(body).matchAll(/<Key>(.*?)<\/Key>/g), ([, key = ""]) => key);
}

function textOf(body: unknown): string {
  return Buffer.from(body as Uint8Array).toString();
}

function keysOf(lines: readonly string[]): string[] {
  return lines.map((line) => line.split("\t", 1)[0]!);
}

function keysOfEntries(entries: readonly Entry[]): readonly string[] {
  return entries.map(({ key }) => key);
}
