import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Counters } from "../counters.ts";
import type { Entry } from "../record/entry.ts";
import { sidedEntryCodec } from "../record/sided.ts";
import { merge } from "../stream/merge.ts";
import { collect, pagesOf } from "../stream/pages.ts";
import { diff } from "./diff.ts";

/** A key and its ETag, the figure behind it. */
const listing = (keys: string): Entry[] =>
  keys
    .split(" ")
    .filter(Boolean)
    .map((name) => ({ key: name[0]!, etag: name.slice(1), size: 1, mtime: "2026-11-24 17:00:00" }));

const signs = { added: "+", changed: "~", removed: "-" };

describe("diff", () => {
  const cases = [
    { name: "finds nothing in nothing", source: "", target: "", changes: "" },
    { name: "finds equal lists equal", source: "a b c1", target: "a b c1", changes: "" },
    { name: "adds what only the source has", source: "a b", target: "a", changes: "+b" },
    { name: "adds all to an empty target", source: "a b", target: "", changes: "+a +b" },
    { name: "removes what only the target has", source: "", target: "a b", changes: "-a -b" },
    { name: "sees another ETag", source: "a1", target: "a2", changes: "~a" },
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

  test("reads both listings from one stream of lines", () => {
    const line = "k\te\t1\t2026-11-24 17:00:00\tclass=GLACIER&side=target";
    assert.equal(sidedEntryCodec.encode(sidedEntryCodec.decode(line)), line);
    assert.throws(() => sidedEntryCodec.decode("k\te\t1\tm"), SyntaxError);
  });
});
