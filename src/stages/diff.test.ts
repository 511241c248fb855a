import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Counters } from "../counters.ts";
import type { Verdict } from "../compare/compare-entries.ts";
import type { Found } from "../compare/found.ts";
import type { Entry } from "../record/entry.ts";
import { sidedEntryCodec } from "../record/sided.ts";
import { S3Error } from "../s3/error.ts";
import { merge } from "../stream/merge.ts";
import { collect, pagesOf } from "../stream/pages.ts";
import { diff } from "./diff.ts";

/** A key, and a figure behind it for its ETag; behind a colon its size. */
const listing = (keys: string): Entry[] =>
  keys
    .split(" ")
    .filter(Boolean)
    .map((name) => {
      const [key, size = "1"] = name.split(":") as [string, string?];
      return {
        key: key[0]!,
        etag: `e${key.slice(1)}`,
        size: Number(size),
        mtime: "2026-11-24 17:00:00",
      };
    });

const signs = { added: "+", changed: "~", removed: "-" };

describe("diff", () => {
  const cases = [
    { name: "finds nothing in nothing", source: "", target: "", changes: "" },
    { name: "finds equal lists equal", source: "a b c1", target: "a b c1", changes: "" },
    { name: "adds what only the source has", source: "a b", target: "a", changes: "+b" },
    { name: "adds all to an empty target", source: "a b", target: "", changes: "+a +b" },
    { name: "removes what only the target has", source: "", target: "a b", changes: "-a -b" },
    { name: "sees another ETag", source: "a1", target: "a2", changes: "~a" },
    { name: "sees another size", source: "a:1", target: "a:2", changes: "~a" },
    {
      name: "mixes them across pages",
      source: "a c d2",
      target: "b c d1 e",
      changes: "+a -b ~d -e",
    },
  ];
  for (const { name, source, target, changes } of cases) {
    test(name, async () => {
      for (const size of [1, 2, 3]) {
        const entries = (): ReturnType<typeof merge<Entry>> =>
          merge(pagesOf(listing(source), size), pagesOf(listing(target), 2));
        const signal = new AbortController().signal;
        const context = { counters: new Counters(), concurrency: 1, signal };
        const found = await collect(diff.run(entries(), { ...context, all: true }));
        assert.equal(
          found.map(({ key, attributes }) => signs[attributes!.change!] + key).join(" "),
          changes,
        );
        const plain = await collect(diff.run(entries(), context));
        const wanted = found.filter(({ attributes }) => attributes?.change !== "removed");
        assert.deepEqual(
          plain,
          wanted.map(({ attributes: _attributes, ...entry }) => entry),
          "without all: the rows of the Hive query",
        );
      }
    });
  }

  describe("asks S3 of what listings cannot tell", () => {
    const source = "a b1 c1 d:1 e1 f1 g";
    const target = "a b2 c2 d:2 e2 f2 h";
    const answers: Readonly<Record<string, Verdict | Error>> = {
      b: { same: true, by: "mtime" },
      c: { same: false, by: "checksum" },
      e: new S3Error("NoSuchKey", "", { status: 404 }),
      f: { same: true, by: "checksum" },
    };
    const compareBy = async (
      ask: (source: Entry) => Promise<Verdict>,
    ): Promise<{ changes: string; found: string }> => {
      const found: Found[] = [];
      const both = merge(pagesOf(listing(source), 2), pagesOf(listing(target), 3));
      const changes = await collect(
        diff.run(both, {
          counters: new Counters(),
          concurrency: 3,
          signal: new AbortController().signal,
          all: true,
          compare: "auto",
          ask,
          onFound: (one) => found.push(one),
        }),
      );
      return {
        changes: changes
          .map(({ key, attributes: { change, by } = {} }) => signs[change!] + key + (by ?? ""))
          .join(" "),
        found: found
          .map(({ kind, entry, by, failure }) =>
            [kind, entry.key, by, failure?.code].filter(Boolean).join(" "),
          )
          .sort()
          .join(", "),
      };
    };

    test("in order, whichever answer comes first; the ETags decide where it does not tell", async () => {
      const asked: string[] = [];
      const { changes, found } = await compareBy(async ({ key }) => {
        asked.push(key);
        // The first of those under way is answered last.
        for (let turns = key === "b" ? 50 : 0; turns > 0; turns--) await Promise.resolve();
        const answer = answers[key]!;
        if (answer instanceof Error) throw answer;
        return answer;
      });
      assert.deepEqual(asked, ["b", "c", "e", "f"]);
      assert.equal(changes, "~cchecksum ~dsize ~e +g -h");
      assert.equal(
        found,
        "added g, changed c checksum, changed d size, changed e etag NoSuchKey, removed h, same a etag, same b mtime, same f checksum",
      );
    });

    test("and ends by what would meet all objects", async () => {
      const denied = new S3Error("NoSuchBucket", "", { status: 404 });
      await assert.rejects(
        compareBy(() => Promise.reject(denied)),
        denied,
      );
    });
  });

  test("reads both listings from one stream of lines", () => {
    const line = "k\te\t1\t2026-11-24 17:00:00\tclass=GLACIER&side=target";
    assert.equal(sidedEntryCodec.encode(sidedEntryCodec.decode(line)), line);
    assert.throws(() => sidedEntryCodec.decode("k\te\t1\tm"), SyntaxError);
  });
});
