import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { refused } from "../../test/support/fake-client.ts";
import { ListingClient } from "../../test/support/listing/listing-client.ts";
import { sortedKeys } from "../../test/support/listing/sorted-keys.ts";
import { fastClock } from "../../test/support/pipe.ts";
import { randomKey, seededRandom } from "../../test/support/random.ts";
import { openRig, type Rig } from "../../test/support/rig.ts";
import { interfered } from "../../test/support/wrap-client.ts";
import { type ObjectSpec, writeObject } from "../../test/support/write-object.ts";
import { Counters } from "../counters.ts";
import { compareKeys } from "../key.ts";
import type { Attributes } from "../record/attributes.ts";
import { entryCodec } from "../record/entry.ts";
import type { HiddenReport } from "../ranges/hidden-prefixes.ts";
import { isPartLine, type ListLine, listLineCodec } from "../ranges/list-line.ts";
import { collect, pagesOf } from "../stream/pages.ts";
import { bucketlist } from "./bucketlist.ts";

const tree = ["a", "a/", "a/b", "a/b/c", "a/d", "b", "b/c", "é", "😀"];

describe("bucketlist", () => {
  let rig: Rig;
  before(async () => {
    rig = await openRig({ pageSize: 3 });
    for (const key of tree) await writeObject(rig.source, { key, body: Buffer.from(key) });
  });
  after(() => rig.close());

  const cases: readonly {
    readonly name: string;
    readonly lines: string;
    readonly keys: readonly string[];
  }[] = [
    { name: "all", lines: ",", keys: tree },
    { name: "a prefix", lines: ",a/", keys: ["a/", "a/b", "a/b/c", "a/d"] },
    { name: "what is not behind a delimiter", lines: "/,", keys: ["a", "b", "é", "😀"] },
    { name: "the same below a prefix", lines: "/,a/", keys: ["a/", "a/b", "a/d"] },
    { name: "several lines", lines: "/, ,a/ ,b/", keys: tree },
    { name: "a range", lines: "range\ta/\ta/d", keys: ["a/b", "a/b/c", "a/d"] },
    { name: "a range of a prefix", lines: "range\ta/b\tz\ta/", keys: ["a/b/c", "a/d"] },
    { name: "ranges that make all", lines: "range\ta/b\t\\N range\t\\N\ta/b", keys: tree },
    { name: "both kinds of lines", lines: "range\t\\N\ta ,a/ range\ta0\t\\N", keys: tree },
    { name: "nothing there", lines: ",zzz", keys: [] },
    { name: "no lines", lines: "", keys: [] },
  ];
  for (const { name, lines, keys } of cases) {
    test(`lists ${name}`, async () => {
      const found = await list(lines.split(" ").filter(Boolean));
      assert.deepEqual(found.map(({ key }) => key).sort(compareKeys), keys);
    });
  }

  test("lists the keys of a line in the order of their bytes", async () => {
    assert.deepEqual(
      (await list([","])).map(({ key }) => key),
      tree,
    );
  });

  test("counts objects, bytes, and prefixes that are another line's", async () => {
    const counters = new Counters();
    await list(["/,"], { counters });
    const bytes = Buffer.byteLength("ab") + Buffer.byteLength("é😀");
    const { name } = rig.source;
    assert.deepEqual(
      [...counters],
      [
        [name, "Objects", 4],
        [name, "Bytes", bytes],
        [name, "CommonPrefixes", 2],
      ],
    );
  });

  test("tells in the end which prefixes no line lists", async () => {
    const reports: HiddenReport[] = [];
    const onHidden = (report: HiddenReport): number => reports.push(report);
    await list(["/,", ",a/"], { onHidden });
    await list([",a/"], { onHidden });
    const told = { hidden: 2, uncovered: ["b/"], uncoveredCount: 1, unchecked: 0 };
    assert.deepEqual(reports, [told]);
  });

  test("lists the rest when a line or a range cannot be listed, and tells which", async () => {
    const keys = Array.from({ length: 400 }, (_, i) => `${"abcd"[i % 4]}/${i}`);
    const many = await openRig({ pageSize: 20 });
    try {
      for (const key of keys) many.server.putObject(many.source.name, key, key);
      const bucket = interfered(many.source, {
        request: (asked) => {
          const { prefix, "start-after": after = "" } = asked.query ?? {};
          if (prefix === "c/" || (prefix === "b/" && after > "b/2")) {
            throw refused("AccessDenied", 403);
          }
          return asked;
        },
      });
      const failed: ListLine[] = [];
      const lines = [",a/", ",b/", "/,c/", ",d/"];
      const found = await list(lines, { bucket, onFailed: (what) => failed.push(what) });
      const isMissing = (key: string): boolean =>
        failed.some((what) =>
          isPartLine(what)
            ? key.startsWith(what.prefix)
            : key.startsWith(what.prefix ?? "") &&
              (what.after === undefined || compareKeys(key, what.after) > 0) &&
              (what.upTo === undefined || compareKeys(key, what.upTo) <= 0),
        );
      assert.deepEqual(
        found.map(({ key }) => key).sort(compareKeys),
        keys.filter((key) => !isMissing(key)).sort(compareKeys),
      );
      assert.deepEqual(failed.filter(isPartLine), [{ delimiter: "/", prefix: "c/" }]);
      assert.ok(failed.some((what) => what.prefix === "b/"));
      await assert.rejects(list(lines, { bucket }), { code: "AccessDenied" });
    } finally {
      await many.close();
    }
  });

  test("lists a line by itself with all requests, and lines side by side with no more", async () => {
    const keys = sortedKeys(Array.from({ length: 4000 }, (_, i) => `${i % 8}/${i}`));
    for (const [lines, most] of [
      [[","], 12],
      [[",0", ",1", ",2", ",3", ",4", ",5", ",6", ",7"], 12],
    ] as const) {
      const s3 = new ListingClient(keys, { random: seededRandom(5), pageSize: 10 });
      const found = await list(lines, { bucket: s3.bucket(), concurrency: 12 });
      assert.equal(found.length, 4000);
      assert.ok(s3.mostUnderWay > 4 && s3.mostUnderWay <= most, `${s3.mostUnderWay} requests`);
    }
  });

  describe("tells of an object", () => {
    const kinds: readonly {
      readonly name: string;
      readonly object: Omit<ObjectSpec, "key" | "body">;
      readonly attributes: Attributes | undefined;
    }[] = [
      { name: "nothing where all is usual", object: {}, attributes: undefined },
      {
        name: "its storage class",
        object: { headers: { "x-amz-storage-class": "GLACIER" } },
        attributes: { class: "GLACIER" },
      },
      {
        name: "no checksum that its copy is asked for anyway",
        object: { checksum: { algorithm: "CRC32", type: "FULL_OBJECT" } },
        attributes: undefined,
      },
      {
        name: "no checksum that S3 takes by itself",
        object: { parts: [2, 2], checksum: { algorithm: "CRC64NVME", type: "FULL_OBJECT" } },
        attributes: undefined,
      },
      {
        name: "the checksum of the whole, where it has parts",
        object: { parts: [2, 2], checksum: { algorithm: "CRC32C", type: "FULL_OBJECT" } },
        attributes: { checksum: "CRC32C" },
      },
      {
        name: "no checksum that is made of the parts'",
        object: { parts: [2, 2], checksum: { algorithm: "SHA256", type: "COMPOSITE" } },
        attributes: undefined,
      },
    ];
    for (const { name, object, attributes } of kinds) {
      test(name, async () => {
        await writeObject(rig.target, { key: "k", body: Buffer.from("abcd"), ...object });
        const [entry] = await list([","], { bucket: rig.target });
        const line = entryCodec.encode(entry!);
        assert.deepEqual(entryCodec.decode(line).attributes, attributes && { ...attributes });
        assert.equal(entry?.etag, rig.at("k").target?.etag);
        assert.match(entry!.mtime, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
      });
    }

    test("until when it is restored, or that it is being restored", async () => {
      await writeObject(rig.target, {
        key: "k",
        body: Buffer.from("abcd"),
        headers: { "x-amz-storage-class": "GLACIER" },
      });
      const { target } = rig.at("k");
      const found: unknown[] = [];
      const at = (readyAt: Date): void => {
        target!.restore = { readyAt, expiresAt: new Date("2999-01-02T03:04:05Z") };
      };
      for (const readyAt of [new Date(0), new Date("2999-01-01T00:00:00Z")]) {
        at(readyAt);
        found.push((await list([","], { bucket: rig.target }))[0]?.attributes?.restore);
      }
      assert.deepEqual(found, ["2999-01-02 03:04:05", "ongoing"]);
    });
  });

  test("lists every odd key as it is, page by page", async () => {
    const random = seededRandom(3);
    const keys = new Set(Array.from({ length: 200 }, () => randomKey(random)));
    const odd = await openRig({ pageSize: 7 });
    try {
      for (const key of keys) await writeObject(odd.source, { key, body: Buffer.alloc(0) });
      const found = await list([","], { bucket: odd.source });
      const read = found.map((entry) => entryCodec.decode(entryCodec.encode(entry)).key);
      assert.deepEqual(read, [...keys].sort(compareKeys));
    } finally {
      await odd.close();
    }
  });

  for (const kind of [
    "cutBody",
    "internalError",
    "slowDown",
    "resetBefore",
    "resetAfter",
  ] as const) {
    test(`lists all of it though there is ${kind}`, async () => {
      // A server that has never answered is given up on after three tries.
      rig.server.faults.add({ kind, count: 2 });
      const { source } = rig.reopen({ clock: fastClock(50) });
      assert.deepEqual(
        (await list([","], { bucket: source })).map(({ key }) => key),
        tree,
      );
      assert.equal(rig.server.faults.struck(kind), 2);
      rig.server.faults.clear();
    });
  }

  test("does not list for ever where a page is followed by itself", async () => {
    const bucket = interfered(rig.source, {
      request: (asked) => ({
        ...asked,
        query: { ...asked.query, "continuation-token": undefined, "start-after": undefined },
      }),
    });
    const stuck = { ...bucket, name: rig.source.name };
    await assert.rejects(list([","], { bucket: stuck }), { code: "UnexpectedReply" });
  });

  test("ends with the error of a bucket that is not there", async () => {
    const bucket = { ...rig.source, name: "no-such-bucket" };
    await assert.rejects(list([","], { bucket }), { code: "NoSuchBucket" });
  });

  test("ends by an interrupt", async () => {
    const signal = AbortSignal.abort(new Error("interrupted"));
    await assert.rejects(list([","], { signal }), /interrupted/);
  });

  function list(
    lines: readonly string[],
    needs: Partial<Parameters<typeof bucketlist.run>[1]> = {},
  ) {
    const signal = new AbortController().signal;
    const context = {
      counters: new Counters(),
      concurrency: 2,
      signal,
      bucket: rig.source,
      ...needs,
    };
    return collect(
      bucketlist.run(
        pagesOf(
          lines.map((line) => listLineCodec.decode(line)),
          1,
        ),
        context,
      ),
    );
  }
});
