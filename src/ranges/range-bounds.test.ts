import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { randomKey, seededRandom } from "../../test/support/random.ts";
import { compareKeys } from "../key.ts";
import type { KeyRange } from "./key-range.ts";
import { boundsOf, rangeOf } from "./range-bounds.ts";

function isIn(key: string, { prefix = "", after, upTo }: KeyRange): boolean {
  return (
    key.startsWith(prefix) &&
    (after === undefined || compareKeys(key, after) > 0) &&
    (upTo === undefined || compareKeys(key, upTo) <= 0)
  );
}

describe("boundsOf", () => {
  const cases: readonly { name: string; range: KeyRange; bounds: string }[] = [
    { name: "has none for all keys", range: {}, bounds: "none none" },
    {
      name: "takes the prefix off",
      range: { prefix: "p/", after: "p/a", upTo: "p/b" },
      bounds: "a b",
    },
    {
      name: "knows the key that is the prefix",
      range: { prefix: "p/", after: "p/" },
      bounds: "'' none",
    },
    {
      name: "drops bounds around the prefix",
      range: { prefix: "p/", after: "a", upTo: "z" },
      bounds: "none none",
    },
    {
      name: "finds nothing behind the prefix",
      range: { prefix: "p/", after: "q" },
      bounds: "nothing",
    },
    {
      name: "finds nothing before the prefix",
      range: { prefix: "p/", upTo: "p" },
      bounds: "nothing",
    },
    {
      name: "finds nothing between a key and itself",
      range: { after: "a", upTo: "a" },
      bounds: "nothing",
    },
    {
      name: "takes an empty key for none to begin with",
      range: { after: "" },
      bounds: "none none",
    },
  ];
  for (const { name, range, bounds } of cases) {
    test(name, () => {
      const found = boundsOf(range);
      const show = (key: Uint8Array | undefined): string =>
        key === undefined ? "none" : Buffer.from(key).toString() || "''";
      const shown = found === undefined ? "nothing" : `${show(found.after)} ${show(found.upTo)}`;
      assert.equal(shown, bounds);
    });
  }

  test("keeps exactly the keys of the range", () => {
    const random = seededRandom(21);
    const maybe = (): string | undefined => (random() < 0.3 ? undefined : randomKey(random));
    let kept = 0;
    for (let i = 0; i < 20_000; i++) {
      const prefix = random() < 0.5 ? "" : randomKey(random).slice(0, 1).toWellFormed();
      const range: KeyRange = { prefix, after: maybe(), upTo: maybe() };
      const key = random() < 0.5 ? prefix + randomKey(random) : (range.after ?? prefix);
      const bounds = boundsOf(range);
      const isKept =
        key.startsWith(prefix) && bounds !== undefined && isIn(key, rangeOf(prefix, bounds));
      assert.equal(isKept, isIn(key, range), JSON.stringify({ key, range }));
      if (isKept) kept++;
    }
    assert.ok(kept > 1000);
  });
});
