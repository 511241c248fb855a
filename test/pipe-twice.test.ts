/** Doing a thing twice does no harm: Hadoop retries tasks, and runs some twice at once, unasked. */
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { Counters } from "../src/counters.ts";
import type { Result } from "../src/record/result.ts";
import type { Task } from "../src/record/task.ts";
import type { StoredObject } from "../src/testing/server.ts";
import { multipartcomplete } from "../src/stages/multipartcomplete.ts";
import { multipartlist } from "../src/stages/multipartlist.ts";
import { objectcopy } from "../src/stages/objectcopy.ts";
import { collect, pagesOf } from "../src/stream/pages.ts";
import { runPipe } from "./support/pipe.ts";
import { seededRandom } from "./support/random.ts";
import { randomObjects } from "./support/random-objects.ts";
import { bytesOf, carriedOf, openRig, type Rig } from "./support/rig.ts";
import { writeObject } from "./support/write-object.ts";

for (const via of ["stream", "server"] as const) {
  describe(`doing it twice, by ${via}`, () => {
    let rig: Rig;
    before(async () => {
      const random = seededRandom(21);
      rig = await openRig({ pageSize: 7, random });
      rig.share();
      for (const object of randomObjects(random, { count: 25, aroundBytes: 2000 })) {
        await writeObject(rig.source, object);
      }
    });
    after(() => rig.close());
    beforeEach(() => {
      const bucket = rig.server.store.bucket(rig.target.name);
      bucket.encryption = { algorithm: "AES256", keyId: undefined, bucketKey: false };
      for (const key of rig.server.store.keys(rig.target.name)) bucket.versions.delete(key);
      for (const { key } of rig.server.store.uploads(rig.target.name)) bucket.uploads.delete(key);
    });

    test("the whole pipe, one after the other", async () => {
      assertCopied((await pipe()).results);
      assertCopied((await pipe()).results);
      assertNoUploads();
    });

    test("the whole pipe, at once", async () => {
      const both = await Promise.all([pipe(), pipe(), pipe()]);
      for (const { results } of both) assertCopied(results);
      assertNoUploads();
    });

    test("the whole pipe after a try that was lost before it completed, with its uploads", async () => {
      const { entries } = await pipe();
      beforeAgain();
      const lost = await plan(entries);
      await copy(lost);
      const uploads = rig.server.store.uploads(rig.target.name).length;
      assert.ok(uploads > 0);
      assertCopied((await pipe({ reuseUploads: true })).results);
      assertNoUploads();
    });

    test("the copier on the same tasks at once, and both their results completed", async () => {
      const tasks = await plan((await pipe()).entries);
      beforeAgain(tasks);
      const both = await Promise.all([copy(tasks), copy(tasks)]);
      assertCopied(await complete(both.flat()));
      assertNoUploads();
    });

    test("the copier on the same tasks, and the results completed each by itself", async () => {
      const tasks = await plan((await pipe()).entries);
      beforeAgain(tasks);
      const [first, second] = [await copy(tasks), await copy(tasks)];
      assertCopied(await complete(first));
      assertCopied(await complete(second));
      assertNoUploads();
    });

    test("the copier on the same tasks to KMS, where each time a part gets another ETag", async () => {
      const encryption = { algorithm: "aws:kms", keyId: "k", bucketKey: false } as const;
      rig.server.store.bucket(rig.target.name).encryption = encryption;
      const tasks = await plan((await pipe()).entries);
      beforeAgain(tasks);
      const first = await copy(tasks);
      await copy(tasks);
      const results = await complete(first);
      assert.deepEqual(
        results.filter(({ attributes }) => attributes?.outcome !== undefined),
        [],
      );
      for (const { key } of results) {
        const { source, target } = rig.at(key);
        assert.ok(source && target);
        assert.deepEqual(carriedOf(target), carriedOf(source));
        assert.ok(bytesOf(target).equals(bytesOf(source)));
      }
      assertNoUploads();
    });

    test("the copier on tasks whose uploads are completed", async () => {
      const tasks = await plan((await pipe()).entries);
      beforeAgain(tasks);
      assertCopied(await complete(await copy(tasks)));
      const again = await copy(tasks);
      assert.ok(again.some(({ attributes }) => attributes?.code === "NoSuchUpload"));
      assertCopied(await complete(again), { all: true });
      assertNoUploads();
    });

    test("the completion of results at once", async () => {
      const tasks = await plan((await pipe()).entries);
      beforeAgain(tasks);
      const results = await copy(tasks);
      const both = await Promise.all([complete(results), complete(results)]);
      for (const done of both) assertCopied(done);
      assertNoUploads();
    });

    test("the completion of half the results, and then of all", async () => {
      const tasks = await plan((await pipe()).entries);
      beforeAgain(tasks);
      const results = await copy(tasks);
      // A reducer that was lost had only begun.
      const [first] = results.filter(({ part }) => part !== undefined);
      const some = results.filter(({ part }) => part?.uploadId === first?.part?.uploadId);
      assertCopied(await complete(some), { all: false });
      assertCopied(await complete(results));
      assertNoUploads();
    });

    const context = () => ({
      counters: new Counters(),
      concurrency: 8,
      signal: new AbortController().signal,
      source: rig.source,
      target: rig.target,
      maxHeldBytes: 2000,
      exactParts: true,
      copy: { via, websiteRedirect: "keep" } as const,
    });
    const pipe = (options: { readonly reuseUploads?: boolean } = {}) =>
      runPipe(rig.source, rig.target, {
        maxHeldBytes: 2000,
        exactParts: true,
        copy: { via, websiteRedirect: "keep" },
        ...options,
      });
    const plan = (entries: Awaited<ReturnType<typeof pipe>>["entries"]) =>
      collect(multipartlist.run(pagesOf(entries, 3), context()));
    const copy = (tasks: readonly Task[]) => collect(objectcopy.run(pagesOf(tasks, 3), context()));
    const complete = (results: readonly Result[]) =>
      collect(multipartcomplete.run(pagesOf(results, 3), context()));

    /** Takes away what is at the target, but for the uploads of these tasks. */
    function beforeAgain(tasks: readonly Task[] = []): void {
      const bucket = rig.server.store.bucket(rig.target.name);
      for (const key of rig.server.store.keys(rig.target.name)) bucket.versions.delete(key);
      const kept = new Set(tasks.map(({ part }) => part?.uploadId));
      for (const { key, uploadId } of rig.server.store.uploads(rig.target.name)) {
        if (!kept.has(uploadId)) bucket.uploads.delete(key);
      }
    }

    function assertCopied(results: readonly Result[], { all = true } = {}): void {
      assert.deepEqual(
        results.filter(({ attributes }) => attributes?.outcome !== undefined),
        [],
      );
      const keys = new Set(results.map(({ key }) => key));
      if (all) assert.equal(keys.size, rig.server.store.keys(rig.source.name).length);
      for (const key of keys) {
        const { source, target } = rig.at(key);
        assert.deepEqual(seen(target), seen(source), key);
      }
    }

    function assertNoUploads(): void {
      assert.deepEqual(rig.server.store.uploads(rig.target.name), []);
    }
  });
}

function seen(object: StoredObject | undefined): object | undefined {
  return object && { ...carriedOf(object), etag: object.etag, bytes: bytesOf(object) };
}
