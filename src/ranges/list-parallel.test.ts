import assert from "node:assert/strict";
import { tmpdir } from "node:os";
import { describe, test } from "node:test";

import { refused } from "../../test/support/fake-client.ts";
import { ListingClient, type ListingOptions } from "../../test/support/listing/listing-client.ts";
import { randomBucket } from "../../test/support/listing/random-bucket.ts";
import {
  indexBehind,
  type SortedKeys,
  sortedKeys,
} from "../../test/support/listing/sorted-keys.ts";
import { randomKey, seededRandom } from "../../test/support/random.ts";
import { openRig } from "../../test/support/rig.ts";
import { Counters } from "../counters.ts";
import { compareKeys } from "../key.ts";
import type { ListedObject } from "../s3/list-objects.ts";
import { LineBuffer } from "../stream/line-buffer.ts";
import { collect, type Pages } from "../stream/pages.ts";
import { WaitingPages } from "../stream/waiting-pages.ts";
import { WrittenLines } from "../stream/written-lines.ts";
import type { KeyRange } from "./key-range.ts";
import type { ListedObjects } from "./listed-page.ts";
import { listParallel, listParallelAs, type ListParallelOptions } from "./list-parallel.ts";

/** The keys of a page as lines, which can wait in a file. */
function linesOf({ objects }: ListedObjects): WrittenLines<string> {
  const lines = new LineBuffer();
  for (const { key } of objects) lines.addText(`${JSON.stringify(key)}\n`);
  return new WrittenLines(lines, objects.length, { encode: JSON.stringify, decode: JSON.parse });
}

type Some = Partial<ListParallelOptions>;

/** Lists a fake bucket, and gives the keys as they came. */
async function keysListed(client: ListingClient, options: Some = {}): Promise<string[]> {
  return keysOf(listParallel(client.bucket(), { ordered: true, concurrency: 8, ...options }));
}

async function keysOf(pages: Pages<ListedObject>): Promise<string[]> {
  return (await collect(pages)).map(({ key }) => key);
}

function client(keys: SortedKeys, options: Partial<ListingOptions> = {}): ListingClient {
  return new ListingClient(keys, { random: seededRandom(1), pageSize: 10, ...options });
}

function allOf(keys: SortedKeys): string[] {
  return Array.from({ length: keys.size }, (_, i) => Buffer.from(keys.at(i)).toString());
}

function numbered(size: number): SortedKeys {
  return sortedKeys(Array.from({ length: size }, (_, i) => `photos/${i}`));
}

function isIn(key: string, { prefix = "", after, upTo }: KeyRange): boolean {
  return (
    key.startsWith(prefix) &&
    (after === undefined || compareKeys(key, after) > 0) &&
    (upTo === undefined || compareKeys(key, upTo) <= 0)
  );
}

describe("listParallel", () => {
  test("lists every key of any range of any bucket once, though pages come short and in any order", async () => {
    const random = seededRandom(2);
    const int = (below: number): number => Math.floor(random() * below);
    for (let round = 0; round < 120; round++) {
      const { name, keys } = randomBucket(random, 1 + int(2000));
      const all = allOf(keys);
      const some = (): string => (random() < 0.5 ? all[int(all.length)]! : randomKey(random));
      const bounds = {
        prefix:
          random() < 0.7
            ? undefined
            : some()
                .slice(0, 1 + int(4))
                .toWellFormed(),
        startAfter: random() < 0.7 ? undefined : some(),
        stopAt: random() < 0.7 ? undefined : some(),
      };
      const ordered = random() < 0.5;
      const concurrency = 1 + int(40);
      const server = client(keys, { random, pageSize: 1 + int(60), shortPages: random() / 3 });
      const listed = await keysListed(server, {
        ...bounds,
        ordered,
        concurrency,
        windowPages: 1 + int(60),
      });
      const { prefix, startAfter: after, stopAt: upTo } = bounds;
      const expected = all.filter((key) => isIn(key, { prefix, after, upTo }));
      const told = JSON.stringify({ name, round, ordered, concurrency, ...bounds });
      assert.deepEqual(ordered ? listed : listed.sort(compareKeys), expected, told);
      assert.ok(server.mostUnderWay <= concurrency, told);
    }
  });

  test("gives pages in order that wait in a file, as many as the window has", async () => {
    const random = seededRandom(9);
    for (let round = 0; round < 20; round++) {
      const { name, keys } = randomBucket(random, 2000);
      const waiting = new WaitingPages({ directory: tmpdir(), memoryBytes: 200 });
      const server = client(keys, { random, pageSize: 20 });
      const options = { ordered: true, concurrency: 20, waiting };
      const pages = listParallelAs(server.bucket(), options, linesOf, (lines) => lines);
      const listed: string[] = [];
      for await (const page of pages) listed.push(...page);
      waiting.close();
      assert.deepEqual(listed, allOf(keys), name);
    }
  });

  test("lets fewer pages wait where they cannot be put into a file", async () => {
    const waiting = new WaitingPages({ directory: "/none", memoryBytes: 0 });
    const server = client(numbered(5000));
    const options = { ordered: true, concurrency: 6, waiting, windowPages: 320 };
    let made = 0;
    const make = (page: ListedObjects): WrittenLines<string> => {
      made++;
      return linesOf(page);
    };
    const pages = listParallelAs(server.bucket(), options, make, (lines) => lines);
    let taken = 0;
    let most = 0;
    for await (const page of pages) {
      taken++;
      assert.ok(page.length > 0);
      while (server.underWay > 0) await turn();
      most = Math.max(most, made - taken);
    }
    // A sixteenth, and what was under way when that was found out.
    assert.ok(most > 6 && most <= 320 / 16 + 6, `${most} pages wait`);
  });

  test("lists what a server of S3 has, whatever the keys, and counts it", async () => {
    const rig = await openRig({ pageSize: 7 });
    try {
      const random = seededRandom(4);
      const keys = [...new Set(Array.from({ length: 1200 }, () => randomKey(random)))];
      for (const key of keys) rig.server.putObject(rig.source.name, key, key);
      const counters = new Counters();
      const options = { ordered: true, concurrency: 12, counters, windowPages: 40 };
      const before = rig.server.requests.count("ListObjectsV2");
      const listed = await keysOf(listParallel(rig.source, options));
      assert.deepEqual(listed, keys.toSorted(compareKeys));
      assert.equal(counters.get(rig.source.name, "Objects"), keys.length);
      const bytes = keys.reduce((sum, key) => sum + Buffer.byteLength(key), 0);
      assert.equal(counters.get(rig.source.name, "Bytes"), bytes);
      const requests = rig.server.requests.count("ListObjectsV2") - before;
      assert.ok(requests < (2 * keys.length) / 7, `${requests} requests`);
    } finally {
      await rig.close();
    }
  });

  test("goes on behind a page without keys by its token, for another key would give it again", async () => {
    const keys = numbered(400);
    const server = client(keys, {
      fault(query) {
        if (query["continuation-token"] !== undefined) return undefined;
        const at = indexBehind(keys, Buffer.from(query["start-after"] ?? ""));
        const token = `<NextContinuationToken>${at}</NextContinuationToken>`;
        return {
          body: `<ListBucketResult><IsTruncated>true</IsTruncated>${token}</ListBucketResult>`,
        };
      },
    });
    assert.deepEqual(await keysListed(server), allOf(keys));
    // Asked to go on by a key, it would never come to an end.
    assert.ok(server.requests.length < 200, `${server.requests.length} requests`);
  });

  test("tells of each range that could not be listed, and lists all the rest", async () => {
    const random = seededRandom(5);
    for (let round = 0; round < 60; round++) {
      const { keys } = randomBucket(random, 500 + Math.floor(random() * 2000));
      const bad = new Set<string | undefined>();
      let asked = 0;
      const server = client(keys, {
        random,
        pageSize: 20,
        fault(query) {
          const at = query["start-after"] ?? query["continuation-token"];
          if (++asked > 1 && query["delimiter"] === undefined && random() < 0.03) bad.add(at);
          return bad.has(at) ? refused("InternalError", 500) : undefined;
        },
      });
      const failed: KeyRange[] = [];
      const ordered = random() < 0.5;
      const listed = await keysListed(server, {
        ordered,
        concurrency: 10,
        onRangeFailed(range, error) {
          assert.match(error.message, /InternalError/);
          failed.push(range);
        },
      });
      if (ordered) assert.deepEqual(listed, listed.toSorted(compareKeys));
      const missing = allOf(keys).filter((key) => failed.some((range) => isIn(key, range)));
      assert.deepEqual([...listed, ...missing].sort(compareKeys), allOf(keys));
      assert.equal(failed.length > 0, bad.size > 0);
    }
  });

  test("lists again what passes when it is tried again", async () => {
    const keys = numbered(3000);
    const refusedOnce = new Set<string>();
    const fault = (query: object): Error | undefined => {
      const asked = JSON.stringify(query);
      if (refusedOnce.has(asked)) return undefined;
      refusedOnce.add(asked);
      return refused("SlowDown", 503);
    };
    assert.deepEqual(await keysListed(client(keys, { fault })), allOf(keys));
  });

  test("ends with the first failure when nobody wants to be told of ranges", async () => {
    let asked = 0;
    const fault = (): Error | undefined =>
      ++asked > 30 ? refused("InternalError", 500) : undefined;
    await assert.rejects(keysListed(client(numbered(3000), { fault })), { code: "InternalError" });
  });

  for (const { name, code, status, from } of [
    { name: "that meets all of the bucket", code: "NoSuchBucket", status: 404, from: 30 },
    { name: "of the very first request", code: "AccessDenied", status: 403, from: 1 },
  ]) {
    test(`ends with a failure ${name}`, async () => {
      let asked = 0;
      const server = client(numbered(3000), {
        fault: () => (++asked >= from ? refused(code, status) : undefined),
      });
      const onRangeFailed = (): void => assert.fail("it is no range that failed");
      await assert.rejects(keysListed(server, { onRangeFailed }), { code });
    });
  }

  test("does without the names of folders where it is not given them", async () => {
    const keys = sortedKeys(
      Array.from({ length: 4000 }, (_, i) => `${"abcdefgh"[i % 8]}${i % 100}/${i % 7}/${i}`),
    );
    const fault = ({ delimiter }: { delimiter?: string }): Error | undefined =>
      delimiter === undefined ? undefined : refused("AccessDenied", 403);
    const server = client(keys, { fault });
    assert.deepEqual(await keysListed(server), allOf(keys));
    assert.ok(server.requests.some(({ query }) => query?.["delimiter"] === "/"));
  });

  for (const ordered of [true, false]) {
    test(`asks for nothing while a page waits, ${ordered ? "" : "not "}in order`, async () => {
      const server = client(numbered(5000));
      const options = { ordered, concurrency: 6, windowPages: 50 };
      let made = 0;
      const pages = listParallelAs(server.bucket(), options, () => ++made);
      for (let taken = 1; taken <= 60 && (await pages.next()).done !== true; taken++) {
        // While nobody takes a page all that was asked for is answered, and then nothing more is asked.
        while (server.underWay > 0) await turn();
        const asked = server.requests.length;
        for (let i = 0; i < 3; i++) await turn();
        assert.equal(server.requests.length, asked);
        const waiting = made - taken;
        assert.ok(waiting <= (ordered ? 50 : 6), `${waiting} pages wait`);
      }
      await pages.return();
    });
  }

  test("holds of a page that waits only what is made of it", async () => {
    const keys = numbered(1000);
    const made: string[] = [];
    const counts = listParallelAs(
      client(keys).bucket(),
      { ordered: true, concurrency: 5 },
      ({ objects }) => {
        made.push(objects[0]!.key);
        return objects.length;
      },
    );
    let count = 0;
    for await (const length of counts) count += length;
    assert.equal(count, 1000);
    assert.notDeepEqual(made, made.toSorted(compareKeys), "pages came in order by themselves");
  });

  test("ends when it is aborted, with the reason", async () => {
    const server = client(numbered(5000));
    const controller = new AbortController();
    const reason = new Error("interrupted");
    const pages = listParallel(server.bucket(), {
      ordered: true,
      concurrency: 6,
      signal: controller.signal,
    });
    await pages.next();
    controller.abort(reason);
    await assert.rejects(
      async () => {
        for await (const page of pages) assert.ok(page.length > 0);
      },
      (error) => error === reason,
    );
    while (server.underWay > 0) await turn();
    const asked = server.requests.length;
    await turn();
    assert.equal(server.requests.length, asked);
  });

  test("ends requests under way when its pages are not wanted any more", async () => {
    const server = client(numbered(5000));
    for await (const page of listParallel(server.bucket(), { ordered: false, concurrency: 6 })) {
      assert.ok(page.length > 0);
      break;
    }
    const asked = server.requests.length;
    while (server.underWay > 0) await turn();
    assert.equal(server.requests.length, asked, "requests that were aborted are not answered");
  });

  test("takes no more requests at a time than it may, and finds itself how many pay", async () => {
    const server = client(numbered(20_000));
    const options = { concurrency: undefined, maxConcurrency: 24, ordered: false };
    assert.equal((await keysListed(server, options)).length, 20_000);
    assert.ok(server.mostUnderWay > 8 && server.mostUnderWay <= 24, `${server.mostUnderWay}`);
  });

  test("lists a directory bucket one page after another, by tokens, and not in order or in part", async () => {
    const keys = numbered(300);
    const server = client(keys, { shortPages: 0.3 });
    const bucket = { ...server.bucket(), name: "photos--usw2-az1--x-s3" };
    const counters = new Counters();
    const options = { ordered: false, concurrency: 8, counters };
    assert.deepEqual(await keysOf(listParallel(bucket, options)), allOf(keys));
    assert.equal(counters.get(bucket.name, "Objects"), 300);
    assert.equal(server.mostUnderWay, 1);
    assert.ok(server.requests.every(({ query }) => query?.["start-after"] === undefined));
    for (const more of [{ ordered: true }, { startAfter: "a" }, { stopAt: "z" }]) {
      await assert.rejects(keysOf(listParallel(bucket, { ...options, ...more })), {
        name: "UserError",
        message: /cannot list "photos--usw2-az1--x-s3" (in the order of keys|from key to key)/,
      });
    }
  });

  test("names a part of the keys with each request, so that each part has its own pace", async () => {
    const server = client(numbered(5000));
    await keysListed(server);
    const pages = server.requests.filter(({ query }) => query?.["delimiter"] === undefined);
    const parts = Map.groupBy(pages, ({ part }) => part!);
    assert.ok(parts.size > 8 && parts.size <= 16, `${parts.size} parts`);
    const spans = [...parts.values()].map((some) =>
      some.map(({ query }) => query?.["start-after"] ?? "").sort(compareKeys),
    );
    spans.sort((a, b) => compareKeys(a[0]!, b[0]!));
    for (const [i, span] of spans.slice(1).entries()) {
      assert.ok(compareKeys(spans[i]!.at(-1)!, span[0]!) < 0, "two parts lie between each other");
    }
  });

  test("refuses a server whose list is not in the order of bytes", async () => {
    const body = (keys: readonly string[]): string =>
      `<ListBucketResult><IsTruncated>false</IsTruncated>${keys
        .map(
          (key) =>
            `<Contents><Key>${key}</Key><LastModified>-</LastModified><Size>1</Size></Contents>`,
        )
        .join("")}</ListBucketResult>`;
    for (const keys of [
      ["b", "a"],
      ["a", "a"],
      ["😀", "\uffee"],
    ]) {
      const server = client(numbered(1), { fault: () => ({ body: body(keys) }) });
      await assert.rejects(keysListed(server), /is not in the order of the keys' bytes/);
    }
    const server = client(numbered(1), { fault: () => ({ body: body(["other/a"]) }) });
    await assert.rejects(
      keysListed(server, { prefix: "photos/" }),
      /does not begin with "photos\/"/,
    );
  });
});

function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
