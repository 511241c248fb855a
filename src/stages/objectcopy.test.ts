import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { asLines, fastClock } from "../../test/support/pipe.ts";
import { bytesOf, carriedOf, openRig, type Rig } from "../../test/support/rig.ts";
import { interfered } from "../../test/support/wrap-client.ts";
import { type ObjectSpec, writeObject } from "../../test/support/write-object.ts";
import { Counters } from "../counters.ts";
import type { Result } from "../record/result.ts";
import type { Part, Task } from "../record/task.ts";
import { createMultipartUpload } from "../s3/create-multipart-upload.ts";
import { S3Error } from "../s3/error.ts";
import { collect, pagesOf } from "../stream/pages.ts";
import type { CopyOptions } from "./copy-options.ts";
import { objectcopy, type ObjectcopyNeeds } from "./objectcopy.ts";

const mtime = "2026-11-24 17:00:00";
const toKms: CopyOptions = { sse: "aws:kms" };
const kms = { "x-amz-server-side-encryption": "aws:kms" };

/** Bodies above this many bytes are streamed, others held. */
const maxHeldBytes = 100;

describe("objectcopy", () => {
  let rig: Rig;
  before(async () => {
    rig = await openRig();
  });
  after(() => rig.close());
  beforeEach(() => {
    rig.server.faults.clear();
    for (const name of [rig.source.name, rig.target.name]) {
      const bucket = rig.server.store.bucket(name);
      bucket.versioning = "Off";
      for (const key of rig.server.store.keys(name)) bucket.versions.delete(key);
      for (const { key } of rig.server.store.uploads(name)) bucket.uploads.delete(key);
    }
    rig.server.requests.clear();
  });

  describe("of a plain object", () => {
    const all = {
      "content-type": "text/plain; charset=utf-8",
      "cache-control": "no-store",
      "content-disposition": 'attachment; filename="a"',
      "content-encoding": "gzip",
      "content-language": "de",
      expires: "Wed, 21 Oct 2026 07:28:00 GMT",
      "x-amz-website-redirect-location": "/b",
      "x-amz-meta-a": "1",
      "x-amz-meta-b": "=?UTF-8?B?w6Q=?=",
      "x-amz-tagging": "a=%C3%A9&b=",
      "x-amz-storage-class": "STANDARD_IA",
    };
    const cases: readonly {
      readonly name: string;
      readonly size: number;
      readonly object?: Omit<ObjectSpec, "key" | "body">;
      readonly needs?: Partial<ObjectcopyNeeds>;
      readonly code?: string;
    }[] = [
      { name: "an empty one", size: 0 },
      { name: "one that is held", size: maxHeldBytes },
      { name: "one that is streamed", size: maxHeldBytes + 1 },
      { name: "all that it carries", size: 10, object: { headers: all } },
      { name: "all that it carries, streamed", size: 1000, object: { headers: all } },
      {
        name: "its checksum",
        size: 10,
        object: { checksum: { algorithm: "SHA256", type: "FULL_OBJECT" } },
      },
      {
        name: "its checksum, streamed",
        size: 1000,
        object: { checksum: { algorithm: "CRC32C", type: "FULL_OBJECT" } },
      },
      { name: "one under KMS", size: 10, object: { headers: kms }, code: "ETagDiffers" },
      {
        name: "one under KMS, streamed",
        size: 1000,
        object: { headers: kms },
        code: "ETagDiffers",
      },
      { name: "one to KMS", size: 1000, needs: { copy: toKms }, code: "ETagDiffers" },
      {
        name: "one from KMS to KMS",
        size: 1000,
        object: { headers: kms },
        needs: { copy: toKms },
        code: "ETagDiffers",
      },
    ];
    for (const { name, size, object, needs, code } of cases) {
      test(`copies ${name}`, async () => {
        const task = await write({ key: "k\t/é", size, ...object });
        const [result] = await copy([task], needs);
        const { source, target } = rig.at(task.key);
        assert.ok(source && target);
        assert.deepEqual(carriedOf(target), carriedOf(source));
        assert.ok(bytesOf(target).equals(bytesOf(source)));
        assert.equal(result?.newEtag, target.etag);
        assert.equal(result?.attributes?.code, code);
        assert.equal(result?.attributes?.outcome, undefined);
      });
    }

    test("takes another storage class and encryption where they are asked for", async () => {
      const changes: CopyOptions = { storageClass: "GLACIER_IR", ...toKms };
      await copy([await write({ key: "k", size: 1, headers: all })], { copy: changes });
      assert.equal(rig.at("k").target?.storageClass, "GLACIER_IR");
      assert.equal(rig.at("k").target?.encryption.algorithm, "aws:kms");
    });

    test("copies the version that was listed", async () => {
      rig.server.store.bucket(rig.source.name).versioning = "Enabled";
      const task = await write({ key: "k", size: 5, headers: { "x-amz-tagging": "v=1" } });
      const version = rig.at("k").source!.versionId;
      await write({ key: "k", size: 6, headers: { "x-amz-tagging": "v=2" } });
      const [result] = await copy([{ ...task, attributes: { version } }]);
      assert.equal(result?.attributes, undefined);
      assert.equal(rig.at("k").target?.size, 5);
      assert.deepEqual(rig.at("k").target?.tags, [{ key: "v", value: "1" }]);
    });

    test("says when it has metadata that S3 cannot send", async () => {
      const task = await write({ key: "k", size: 5 });
      const source = interfered(rig.source, {
        reply: (reply) => ({
          ...reply,
          headers: { ...reply.headers, "x-amz-missing-meta": "2" },
          bytes: (n) => reply.bytes(n),
        }),
      });
      const [result] = await copy([task], { source });
      assert.deepEqual(result?.attributes?.code, "MissingMetadata");
      assert.equal(result?.attributes?.outcome, undefined);
    });
  });

  test("says that the source has changed, and not the target, when it does so in the middle of a body", async () => {
    const size = 2 * 256 * 1024;
    const task = await write({ key: "k", size });
    rig.server.faults.add({ kind: "cutBody", operation: "GetObject", count: 1 });
    const source = interfered(rig.source, {
      async request(asked) {
        const isRest = asked.method === "GET" && asked.headers?.["range"] !== undefined;
        if (isRest) await write({ key: "k", size: size + 1 });
        return asked;
      },
    });
    const [result] = await copy([task], { source, copy: { noOverwrite: true } });
    assert.equal(result?.attributes?.outcome, "failed");
    assert.equal(result?.attributes?.code, "PreconditionFailed");
    assert.equal(rig.at("k").target, undefined);
  });

  for (const { size, reads } of [
    { size: maxHeldBytes, reads: 1 },
    { size: maxHeldBytes + 1, reads: 2 },
  ]) {
    test(`reads ${size} bytes ${reads === 1 ? "once" : "again"} when they have to be written again`, async () => {
      const task = await write({ key: "k", size });
      rig.server.requests.clear();
      rig.server.faults.add({ kind: "internalError", operation: "PutObject", count: 1 });
      const [result] = await copy([task]);
      assert.equal(result?.newEtag, task.etag);
      assert.equal(rig.server.requests.count("GetObject"), reads);
      assert.equal(rig.server.requests.count("PutObject"), 2);
    });
  }

  describe("does not copy", () => {
    const cases: readonly {
      readonly name: string;
      readonly object?: Omit<ObjectSpec, "key" | "body">;
      readonly task: Partial<Task>;
      readonly outcome: string;
    }[] = [
      {
        name: "an object that has changed",
        task: { etag: "0123" },
        outcome: "failed PreconditionFailed",
      },
      { name: "one that is gone", task: { key: "gone" }, outcome: "failed NoSuchKey" },
      { name: "one of another size", task: { size: 6 }, outcome: "failed SizeMismatch" },
      {
        name: "one that is archived, though the list did not say so",
        object: { headers: { "x-amz-storage-class": "GLACIER" } },
        task: {},
        outcome: "skipped archived",
      },
      {
        name: "a version that is gone",
        task: { attributes: { version: "a".repeat(32) } },
        outcome: "failed NoSuchVersion",
      },
      {
        name: "what an earlier stage skipped",
        task: { attributes: { outcome: "skipped", code: "Removed", change: "removed" } },
        outcome: "skipped Removed",
      },
    ];
    for (const { name, object, task, outcome } of cases) {
      test(`${name}: ${outcome}`, async () => {
        const whole = await write({ key: "k", size: 5, ...object });
        const [result, ...more] = await copy([{ ...whole, ...task }]);
        assert.deepEqual(more, []);
        const { attributes } = result ?? {};
        assert.equal(`${attributes?.outcome} ${attributes?.code}`, outcome);
        assert.equal(attributes?.["size"], String(task.size ?? 5), "it can be tried again");
        assert.equal(result?.newEtag, undefined);
        assert.deepEqual(rig.server.store.keys(rig.target.name), []);
      });
    }
  });

  describe("of a part", () => {
    test("sends its range, and says the ETag of the part", async () => {
      const { key, tasks } = await writeParts([3, 4, 2]);
      const results = await copy(tasks);
      assert.deepEqual(
        byPart(results).map(({ part, newEtag }) => [part?.part, part?.start, part?.stop, newEtag]),
        uploaded(key).map(({ number, etag }, i) => [
          number,
          tasks[i]?.part?.start,
          tasks[i]?.part?.stop,
          etag,
        ]),
      );
      const sent = uploaded(key).map(({ data }) => data);
      assert.deepEqual(Buffer.concat(sent), bytesOf(rig.at(key).source!));
      assert.ok(results.every(({ attributes }) => attributes === undefined));
    });

    test("passes on what only the last stage needs", async () => {
      const attributes = {
        proof: "guess",
        parts: "2",
        tags: "3",
        whole: "CRC32:AAAA",
        code: "MissingMetadata",
      };
      const { tasks } = await writeParts([3, 4], attributes);
      const [result] = byPart(await copy(tasks));
      assert.deepEqual({ ...result?.attributes }, attributes);
    });

    test("sends an empty one, of an empty object and of another", async () => {
      for (const parts of [[0], [5, 0]]) {
        const { key, tasks } = await writeParts(parts);
        const results = byPart(await copy(tasks));
        assert.deepEqual(
          results.map(({ attributes }) => attributes),
          parts.map(() => undefined),
        );
        assert.deepEqual(
          uploaded(key).map(({ data }) => data.length),
          parts,
        );
      }
    });

    test("sends its MD5 to a bucket that asks for it, as one with Object Lock", async () => {
      const { tasks } = await writeParts([maxHeldBytes + 1, 1]);
      const target = interfered(rig.reopen().target, {
        request(asked) {
          if (asked.operation !== "UploadPart" || asked.headers?.["content-md5"]) return asked;
          throw new S3Error("InvalidRequest", "Content-MD5 HTTP header is required", {
            status: 400,
          });
        },
      });
      const results = byPart(await copy(tasks, { target }));
      for (const { newEtag, attributes } of results) {
        assert.equal(attributes?.code, undefined);
        assert.notEqual(newEtag, undefined);
      }
    });

    test("sends its own checksum, which S3 tells by the part's number", async () => {
      const checksum = { algorithm: "SHA256", type: "COMPOSITE" } as const;
      const { key, tasks } = await writeParts([3, 400], { checksum: "SHA256" }, { checksum });
      const results = byPart(await copy(tasks));
      assert.deepEqual(
        results.map(({ attributes }) => attributes?.checksum),
        rig.at(key).source!.parts!.map((part) => `SHA256:${part.checksum}`),
      );
    });

    for (const size of [10, 1000]) {
      test(`of ${size} bytes says the MD5 of what it read where the ETag is none`, async () => {
        const { key, tasks, uploadId } = await writeParts([size, 1], { hash: "md5" }, {}, kms);
        const [result] = byPart(await copy(tasks));
        assert.ok(uploadId);
        const [part] = uploaded(key);
        assert.equal(result?.newEtag, part?.etag);
        assert.equal(result?.attributes?.["md5"], part?.md5.toString("hex"));
      });

      test(`of ${size} bytes finds out by the answer that the target's ETags are no MD5s`, async () => {
        const { key, tasks } = await writeParts([size, 1], {}, {}, kms);
        const [result] = byPart(await copy(tasks));
        const [part] = uploaded(key);
        assert.equal(result?.newEtag, part?.etag);
        assert.equal(result?.attributes?.["md5"], part?.md5.toString("hex"));
      });
    }

    for (const via of ["stream", "server"] as const) {
      test(`that does not end where the object does, as by a line cut off, is not sent by ${via}`, async () => {
        const { key, tasks } = await writeParts([3, 40]);
        const cut = tasks.map((task) => ({
          ...task,
          part: { ...task.part, stop: task.part.part === 2 ? 4 : 43 },
        }));
        const results = byPart(await copy(cut, { copy: { via } }));
        assert.deepEqual(
          results.map(({ attributes }) => attributes?.code),
          ["SizeMismatch", "SizeMismatch"],
        );
        assert.deepEqual(uploaded(key), []);
      });
    }

    test("says that its upload is gone", async () => {
      const { key, tasks } = await writeParts([3, 4]);
      rig.server.store.bucket(rig.target.name).uploads.delete(key);
      const results = byPart(await copy(tasks));
      assert.deepEqual(
        results.map(({ part, attributes }) => [part?.part, attributes?.code, attributes?.["size"]]),
        [
          [1, "NoSuchUpload", "7"],
          [2, "NoSuchUpload", "7"],
        ],
      );
    });

    test("that is not copied tells still how many its upload has", async () => {
      const { tasks } = await writeParts([3, 4], { parts: "2" });
      const changed = tasks.map((task) => ({ ...task, etag: "00-5" }));
      const [result] = await copy(changed);
      assert.equal(result?.attributes?.["parts"], "2");
      assert.equal(result?.attributes?.code, "PreconditionFailed");
    });
  });

  describe("when bytes are damaged", () => {
    for (const size of [50, 5000]) {
      for (const operation of ["GetObject", "PutObject"] as const) {
        test(`once in ${operation} of ${size} bytes, sends them again`, async () => {
          const task = await write({ key: "k", size });
          rig.server.faults.add({ kind: "flipBody", operation, count: 1 });
          const [result] = await copy([task]);
          assert.equal(result?.attributes, undefined);
          assert.equal(result?.newEtag, task.etag);
        });
      }

      test(`always, of ${size} bytes, gives up after three times and writes nothing`, async () => {
        const task = await write({ key: "k", size });
        rig.server.requests.clear();
        rig.server.faults.add({ kind: "flipBody", operation: "GetObject" });
        const [result] = await copy([task]);
        assert.equal(result?.attributes?.code, "BadDigest");
        assert.equal(rig.server.requests.count("PutObject"), 3);
        assert.deepEqual(rig.server.store.keys(rig.target.name), []);
      });

      test(`of an object of ${size} bytes without any checksum, never writes others`, async () => {
        const task = await write({ key: "k", size, headers: kms });
        const source = interfered(rig.source, {
          request: (asked) => ({
            ...asked,
            headers: { ...asked.headers, "x-amz-checksum-mode": undefined },
          }),
        });
        const [good] = await copy([task], { source });
        assert.equal(good?.attributes?.code, "ETagDiffers");
        const bucket = rig.server.store.bucket(rig.target.name);
        bucket.versions.delete("k");
        // Only the way out can be watched: of what came in, nothing proves that it was damaged.
        rig.server.faults.add({ kind: "flipBody", operation: "PutObject" });
        const [result] = await copy([task], { source, copy: toKms });
        assert.match(result?.attributes?.code ?? "", /BadDigest|XAmzContentSHA256Mismatch/);
        assert.deepEqual(rig.server.store.keys(rig.target.name), []);
      });
    }

    test("of a part to KMS that nothing else proves, refuses them", async () => {
      const { key, tasks } = await writeParts([5000, 1], { hash: "first" }, {}, kms);
      rig.server.faults.add({ kind: "flipBody", operation: "UploadPart" });
      const [result] = byPart(await copy(tasks));
      assert.equal(result?.attributes?.code, "BadDigest");
      assert.deepEqual(
        uploaded(key).filter(({ number }) => number === 1),
        [],
      );
    });
  });

  describe("when the run is lost", () => {
    test("because a bucket is not there, gives a result for each task and then throws", async () => {
      const task = await write({ key: "k", size: 1 });
      const target = { ...rig.target, name: "no-such-bucket" };
      rig.server.requests.clear();
      const results: Result[] = [];
      const work = async (): Promise<void> => {
        const tasks = [1, 2, 3, 4].map(() => task);
        for await (const page of run(tasks, { target, concurrency: 1 })) results.push(...page);
      };
      await assert.rejects(
        work,
        (error) => error instanceof S3Error && error.code === "NoSuchBucket",
      );
      assert.deepEqual(
        results.map(({ attributes }) => attributes?.code),
        Array(4).fill("NoSuchBucket"),
      );
      assert.equal(rig.server.requests.count("PutObject"), 1);
    });

    test("by an interrupt, gives a result for each task", async () => {
      const tasks = [];
      for (const key of ["a", "b", "c", "d"]) tasks.push(await write({ key, size: 1 }));
      const interrupt = new AbortController();
      const unlisten = rig.server.requests.listen(({ operation, key }) => {
        if (operation === "PutObject" && key === "b") interrupt.abort(new Error("interrupted"));
      });
      const results = await collect(run(tasks, { signal: interrupt.signal, concurrency: 1 }));
      unlisten();
      const codes = results.map(({ attributes }) => attributes?.code);
      assert.deepEqual(codes.slice(2), ["Interrupted", "Interrupted"]);
      assert.equal(codes[0], undefined);
    });
  });

  describe("whose reader is gone", () => {
    test("ends the uploads whose results were not told", async () => {
      const { tasks } = await writeParts([1, 1, 1]);
      for await (const page of run(tasks, { concurrency: 1 })) {
        assert.ok(page.length < 3);
        break;
      }
      assert.deepEqual(rig.server.store.uploads(rig.target.name), []);
    });

    test("leaves those of which all was told, and in a Hadoop task all", async () => {
      const { tasks } = await writeParts([1, 1, 1]);
      for await (const page of run(tasks, { concurrency: 1, keepUploads: true })) {
        assert.ok(page.length < 3);
        break;
      }
      assert.equal(rig.server.store.uploads(rig.target.name).length, 1);
      await copy(tasks);
      assert.equal(rig.server.store.uploads(rig.target.name).length, 1);
    });
  });

  test("counts the bytes of both sides, of what was copied", async () => {
    const tasks = [await write({ key: "a", size: 10 }), await write({ key: "b", size: 500 })];
    const counters = new Counters();
    await copy([...tasks, { ...tasks[0]!, key: "gone" }], { counters });
    assert.equal(counters.get(rig.source.name, "OutputBytes"), 510);
    assert.equal(counters.get(rig.target.name, "InputBytes"), 510);
  });

  test("copies no more at a time than it may, and nothing ahead of a reader that stops", async () => {
    const tasks: Task[] = [];
    for (let i = 0; i < 20; i++) tasks.push(await write({ key: `k${i}`, size: 1 }));
    rig.server.requests.clear();
    rig.server.faults.add({ kind: "delay", delayMs: 5, operation: "PutObject" });
    let running = 0;
    let most = 0;
    const target = interfered(rig.target, {
      request(asked) {
        most = Math.max(most, ++running);
        return asked;
      },
      reply(reply) {
        running--;
        return reply;
      },
    });
    const results = run(tasks, { target, concurrency: 3 })[Symbol.asyncIterator]();
    await results.next();
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.ok(rig.server.requests.count("PutObject") <= 4, "nobody has taken more");
    while ((await results.next()).done !== true);
    assert.equal(most, 3);
    assert.equal(rig.server.requests.count("PutObject"), 20);
  });

  type Needs = Partial<ObjectcopyNeeds> & {
    concurrency?: number;
    signal?: AbortSignal;
    counters?: Counters;
  };

  function run(tasks: readonly Task[], needs: Needs = {}): ReturnType<typeof objectcopy.run> {
    const { source, target } = rig.reopen({ clock: fastClock(50) });
    const context = { counters: new Counters(), concurrency: 4, source, target, maxHeldBytes };
    const { signal = new AbortController().signal } = needs;
    return objectcopy.run(pagesOf(tasks, 2), { ...context, ...needs, signal });
  }

  function copy(tasks: readonly Task[], needs: Needs = {}): Promise<readonly Result[]> {
    const lines = asLines(pagesOf(tasks, 2), objectcopy.reads);
    const { source, target } = rig.reopen({ clock: fastClock(50) });
    const signal = new AbortController().signal;
    const context = {
      counters: new Counters(),
      concurrency: 4,
      source,
      target,
      maxHeldBytes,
      signal,
    };
    return collect(asLines(objectcopy.run(lines, { ...context, ...needs }), objectcopy.writes));
  }

  async function write(
    object: Omit<ObjectSpec, "body"> & { readonly size: number },
  ): Promise<Task> {
    const { key, size } = object;
    const body = Buffer.from(Array.from({ length: size }, (_, i) => i));
    await writeObject(rig.source, { ...object, body });
    return { key, etag: rig.at(key).source!.etag, size, mtime };
  }

  /** Writes an object in parts, begins an upload for its copy, and makes the tasks. */
  async function writeParts(
    lengths: readonly number[],
    attributes: Readonly<Record<string, string>> = {},
    object: Omit<ObjectSpec, "key" | "body"> = {},
    headers: Readonly<Record<string, string>> = {},
  ): Promise<{
    readonly key: string;
    readonly uploadId: string;
    readonly tasks: readonly (Task & { readonly part: Part })[];
  }> {
    const key = `parts of ${lengths.join("+")}`;
    const size = lengths.reduce((sum, length) => sum + length, 0);
    const whole = await write({ ...object, key, size, parts: lengths });
    const { checksum } = object;
    const { uploadId } = await createMultipartUpload(rig.target, key, { headers, checksum });
    let start = 0;
    const tasks = lengths.map((length, i) => {
      const part = {
        uploadId,
        part: i + 1,
        parts: lengths.length,
        start,
        stop: start + length - 1,
      };
      start += length;
      return { ...whole, part, attributes };
    });
    return { key, uploadId, tasks };
  }

  /** The parts that lie at the target, in order. */
  function uploaded(key: string) {
    const [upload] = rig.server.store.uploads(rig.target.name).filter((one) => one.key === key);
    return [...(upload?.parts.values() ?? [])].sort((a, b) => a.number - b.number);
  }
});

function byPart(results: readonly Result[]): readonly Result[] {
  return [...results].sort((a, b) => (a.part?.part ?? 0) - (b.part?.part ?? 0));
}
