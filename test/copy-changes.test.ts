/**
 * Copies while the world goes on: others write to both sides, credentials expire, a clock is wrong, a task is run twice. By both ways the
 * target is the exact object or what it was, the result says which, and no upload is left.
 */
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { Counters } from "../src/counters.ts";
import type { Entry } from "../src/record/entry.ts";
import type { Result } from "../src/record/result.ts";
import type { Task } from "../src/record/task.ts";
import type { CallOptions, S3Request } from "../src/s3/client.ts";
import type { S3ClientOptions } from "../src/s3/create-client.ts";
import type { CopyOptions } from "../src/stages/copy-options.ts";
import { multipartcomplete } from "../src/stages/multipartcomplete.ts";
import { multipartlist } from "../src/stages/multipartlist.ts";
import { objectcopy } from "../src/stages/objectcopy.ts";
import { collect, pagesOf } from "../src/stream/pages.ts";
import { defaultEncryption } from "../src/testing/encryption.ts";
import { fastClock } from "./support/pipe.ts";
import { bytesOf, openRig, type Rig } from "./support/rig.ts";
import { accounts } from "./support/servers/running.ts";
import { interfered, withoutPartNumbers } from "./support/wrap-client.ts";
import { writeObject } from "./support/write-object.ts";

const kms = { algorithm: "aws:kms", keyId: "k", bucketKey: false } as const;

const kinds = [
  { kind: "in one piece", parts: undefined },
  { kind: "in parts", parts: [300, 200] },
] as const;

describe("a copy by", () => {
  let rig: Rig;
  before(async () => {
    rig = await openRig();
    rig.share();
  });
  after(() => rig.close());
  beforeEach(() => {
    rig.server.faults.clear();
    for (const { name } of [rig.source, rig.target]) {
      const bucket = rig.server.store.bucket(name);
      bucket.encryption = defaultEncryption;
      for (const key of rig.server.store.keys(name)) bucket.versions.delete(key);
      for (const { key } of rig.server.store.uploads(name)) bucket.uploads.delete(key);
    }
  });

  for (const { kind, parts } of kinds) {
    test(`server that passes over the condition on the source tells when an object ${kind} was another, though no ETag does`, async () => {
      rig.server.store.bucket(rig.target.name).encryption = kms;
      const entry = await write("source", "a", parts);
      const source = withoutPartNumbers(rig.source);
      const copy = { via: "server" } as const;
      const tasks = await plan([entry], copy, { source });
      await write("source", "b", parts);
      const target = interfered(rig.target, {
        request: (asked) => ({
          ...asked,
          headers: { ...asked.headers, "x-amz-copy-source-if-match": undefined },
        }),
      });
      assertUndone(await finish(tasks, copy, { source, target }), ["PreconditionFailed"]);
      if (parts !== undefined) assert.equal(held(), undefined);
    });
  }

  for (const via of ["server", "stream"] as const) {
    for (const { kind, parts } of kinds) {
      test(`${via} of an object ${kind} that was overwritten since it was listed leaves the target as it is`, async () => {
        const entry = await write("source", "a", parts);
        await write("target", "old");
        await write("source", "b", parts);
        const results = await finish(await plan([entry], { via }), { via });
        assertUndone(results, ["PreconditionFailed"]);
        assert.equal(held(), "old");
      });

      test(`${via} of an object ${kind} that is overwritten once it is planned leaves the target as it is`, async () => {
        const entry = await write("source", "a", parts);
        const tasks = await plan([entry], { via });
        await write("source", "b", parts);
        const results = await finish(tasks, { via });
        assertUndone(results, ["PreconditionFailed", "UploadAborted"]);
        assert.equal(held(), undefined);
      });

      test(`${via} of an object ${kind} replaces what a diff saw, and nothing newer`, async () => {
        const entry = await write("source", "a", parts);
        const { etag } = await write("target", "old");
        const change = { ...entry, attributes: { replaces: etag } };
        const copy = { via, ifUnchanged: true };
        await write("target", "newer");
        assertUndone(await finish(await plan([change], copy), copy), ["TargetChanged"]);
        assert.equal(held(), "newer");
        assertUndone(await finish(await plan([entry], copy), copy), ["TargetChanged"]);
        assert.equal(held(), "newer");
        await write("target", "old");
        assertCopied(await finish(await plan([change], copy), copy));
        assert.equal(held(), body("a"));
      });

      test(`${via} of an object ${kind} does not replace what is written while it is copied`, async () => {
        const entry = await write("source", "a", parts);
        const { etag } = await write("target", "old");
        const copy = { via, ifUnchanged: true };
        const tasks = await plan([{ ...entry, attributes: { replaces: etag } }], copy);
        await write("target", "newer");
        assertUndone(await finish(tasks, copy), ["TargetChanged"]);
        assert.equal(held(), "newer");
      });

      test(`${via} of an object ${kind} does not write what was deleted since a diff saw it`, async () => {
        const entry = await write("source", "a", parts);
        const { etag } = await write("target", "old");
        const copy = { via, ifUnchanged: true };
        const tasks = await plan([{ ...entry, attributes: { replaces: etag } }], copy);
        rig.server.store.bucket(rig.target.name).versions.delete("k");
        assertUndone(await finish(tasks, copy), ["TargetChanged"]);
        assert.equal(held(), undefined);
      });

      test(`${via} of an object ${kind} that is done twice at once makes one object`, async () => {
        const entry = await write("source", "a", parts);
        const tasks = await plan([entry], { via });
        assertCopied(await finish([...tasks, ...tasks], { via }));
        assert.equal(held(), body("a"));
      });

      test(`${via} of an object ${kind} goes on with new credentials when they expire`, async () => {
        const entry = await write("source", "a", parts);
        for (const operation of [
          "CopyObject",
          "PutObject",
          "UploadPart",
          "UploadPartCopy",
        ] as const) {
          rig.server.faults.add({ kind: "error", code: "ExpiredToken", operation, count: 1 });
        }
        let asked = 0;
        const { accessKeyId, secretAccessKey } = accounts.target;
        const credentials: S3ClientOptions["credentials"] = () => {
          asked++;
          return Promise.resolve({ accessKeyId, secretAccessKey });
        };
        const target = rig.reopen({ credentials }).target;
        const tasks = await plan([entry], { via });
        assertCopied(await finish(tasks, { via }, { target }));
        assert.equal(held(), body("a"));
        assert.equal(asked, 2);
      });

      test(`${via} of an object ${kind} is not stopped by a clock that is wrong`, async () => {
        const entry = await write("source", "a", parts);
        const clock = { ...fastClock(50), now: () => Date.now() + 3_600_000 };
        const sides = rig.reopen({ clock });
        assertCopied(await finish(await plan([entry], { via }, sides), { via }, sides));
        assert.equal(held(), body("a"));
      });
    }
  }

  test("server says when S3 has made other bytes of it, and by auto they go through here", async () => {
    const entry = await write("source", "a");
    // As a server that takes no notice of what it is asked: another object has the key when it copies.
    const { endpoint, target } = { endpoint: rig.server.url, ...rig.reopen() };
    const wrong = rig.server.store.object(rig.source.name, "k")!;
    const liar = {
      ...target,
      endpoint,
      s3: {
        send: (asked: S3Request, options?: CallOptions) => target.s3.send(asked, options),
        retrying: <T>(...work: Parameters<typeof target.s3.retrying<T>>) =>
          target.s3.retrying(...work),
        close: () => target.s3.close(),
        fetch: async (asked: S3Request, options?: CallOptions) => {
          const { reply, bytes } = await target.s3.fetch(asked, options);
          const text = bytes.toString().replaceAll(wrong.etag, "0".repeat(32));
          return { reply, bytes: Buffer.from(text) };
        },
      },
    };
    const byServer = await finish(await plan([entry], {}), { via: "server" }, { target: liar });
    assertUndone(byServer, ["BadDigest"]);
    const sides = { target: liar, source: { ...rig.source, endpoint } };
    assertCopied(await finish(await plan([entry], {}), {}, sides));
    assert.equal(rig.server.requests.count("PutObject") > 0, true);
  });

  type Sides = Partial<Pick<Rig, "source" | "target">>;

  function contextOf(copy: CopyOptions, sides: Sides) {
    const signal = new AbortController().signal;
    const opened = rig.reopen({ clock: fastClock(50) });
    return { ...opened, ...sides, copy, signal, concurrency: 4, counters: new Counters() };
  }

  function plan(
    entries: readonly Entry[],
    copy: CopyOptions,
    sides: Sides = {},
  ): Promise<readonly Task[]> {
    return collect(multipartlist.run(pagesOf(entries), contextOf(copy, sides)));
  }

  function finish(
    tasks: readonly Task[],
    copy: CopyOptions,
    sides: Sides = {},
  ): Promise<readonly Result[]> {
    const context = { ...contextOf(copy, sides), maxHeldBytes: 100 };
    return collect(multipartcomplete.run(objectcopy.run(pagesOf(tasks), context), context));
  }

  async function write(
    side: "source" | "target",
    text: string,
    parts?: readonly number[],
  ): Promise<Entry> {
    const bytes = Buffer.from(side === "source" ? body(text) : text);
    await writeObject(rig[side], { key: "k", body: bytes, parts });
    const { etag, size } = rig.at("k")[side]!;
    return { key: "k", etag, size, mtime: "2026-11-24 17:00:00" };
  }

  /** What the target's object holds. */
  function held(): string | undefined {
    const { target } = rig.at("k");
    return target && bytesOf(target).toString();
  }

  function assertUndone(results: readonly Result[], codes: readonly string[]): void {
    assert.notEqual(results.length, 0);
    for (const { attributes } of results) {
      assert.equal(attributes?.outcome, "failed");
      assert.ok(codes.includes(String(attributes.code)), String(attributes.code));
    }
    assert.deepEqual(rig.server.store.uploads(rig.target.name), []);
  }

  function assertCopied(results: readonly Result[]): void {
    assert.notEqual(results.length, 0);
    for (const { attributes } of results) assert.equal(attributes?.code, undefined);
    assert.deepEqual(rig.server.store.uploads(rig.target.name), []);
  }
});

function body(text: string): string {
  return text.repeat(500);
}
