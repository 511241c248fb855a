import assert from "node:assert/strict";
import { isUtf8 } from "node:buffer";
import { describe, test } from "node:test";

import { randomKey, seededRandom } from "../../test/support/random.ts";
import { compareKeys } from "../key.ts";
import {
  behindPrefix,
  bytesOf,
  leastKeyFrom,
  textOfBytes,
  withPreviousCharacter,
} from "./byte-text.ts";

function bytes(hex: string): string {
  return Buffer.from(hex, "hex").toString("latin1");
}

describe("bytes of keys as strings", () => {
  test("sort as keys do, and come back", () => {
    const random = seededRandom(1);
    for (let round = 0; round < 2000; round++) {
      const [a, b] = [randomKey(random), randomKey(random)];
      const order = bytesOf(a) < bytesOf(b) ? -1 : bytesOf(a) > bytesOf(b) ? 1 : 0;
      assert.equal(order, Math.sign(compareKeys(a, b)), JSON.stringify([a, b]));
      assert.equal(textOfBytes(bytesOf(a)), a);
    }
  });

  test("have an end behind a prefix, but not behind the empty one", () => {
    assert.equal(behindPrefix(""), undefined);
    assert.equal(behindPrefix("a/"), "a0");
    assert.ok(bytesOf("é\u{10ffff}") < behindPrefix(bytesOf("é"))!);
  });

  const cases = [
    { name: "no byte", from: "", least: "00" },
    { name: "a key", from: "61c3a9", least: "61c3a9" },
    { name: "the beginning of a character", from: "61c3", least: "61c380" },
    { name: "a byte that begins no character", from: "6180", least: "61c280" },
    { name: "too small a second byte", from: "e08080", least: "e0a080" },
    { name: "a surrogate", from: "eda080", least: "ee8080" },
    {
      name: "what is behind all that begin with a two-byte character",
      from: "c3c0",
      least: "c480",
    },
    { name: "what is behind Unicode", from: "61f48fbfc0", least: "62" },
    { name: "what is behind Unicode in all", from: "f5", least: undefined },
    {
      name: "a key too long by a byte",
      from: `${"61".repeat(1024)}00`,
      least: `${"61".repeat(1023)}62`,
    },
    {
      name: "no room for the character",
      from: `${"61".repeat(1023)}c3`,
      least: `${"61".repeat(1022)}62`,
    },
  ];
  for (const { name, from, least } of cases) {
    test(`have a least key from: ${name}`, () => {
      const found = leastKeyFrom(bytes(from));
      assert.equal(found && Buffer.from(found, "latin1").toString("hex"), least);
    });
  }

  test("have a least key that none is before", () => {
    const random = seededRandom(2);
    for (let round = 0; round < 3000; round++) {
      const whole = bytesOf(randomKey(random));
      const cut = whole.slice(0, 1 + Math.floor(random() * whole.length));
      const from = cut + (random() < 0.5 ? String.fromCharCode(Math.floor(random() * 256)) : "");
      const least = leastKeyFrom(from);
      for (const key of [
        randomKey(random),
        textOfBytes(cut),
        textOfBytes(cut) + randomKey(random),
      ]) {
        const isBetween = bytesOf(key) >= from && (least === undefined || bytesOf(key) < least);
        assert.ok(!isBetween, JSON.stringify({ from, key, least }));
      }
      if (least === undefined) continue;
      assert.ok(
        least >= from && isUtf8(Buffer.from(least, "latin1")),
        JSON.stringify({ from, least }),
      );
    }
  });

  test("know the character before", () => {
    const texts = ["ab", "a\ue000", "a\u{10000}", "a\u{10001}", "a\0", ""];
    const before = ["aa", "a\ud7ff", "a\uffff", "a\u{10000}", undefined, undefined];
    assert.deepEqual(texts.map(withPreviousCharacter), before);
  });
});
