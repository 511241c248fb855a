import assert from "node:assert/strict";
import { isUtf8 } from "node:buffer";
import { describe, test } from "node:test";

import { randomKey, seededRandom } from "../../test/support/random.ts";
import { validKey } from "./valid-key.ts";

describe("validKey", () => {
  const cases: readonly { name: string; bytes: readonly number[]; key: string }[] = [
    { name: "leaves what is UTF-8 as it is", bytes: [...Buffer.from("a/é日😀")], key: "a/é日😀" },
    { name: "makes a space of a control character", bytes: [0x61, 0x09, 0x62], key: "a b" },
    { name: "makes a no-break space of C1 controls", bytes: [0xc2, 0x81], key: "\u00a0" },
    { name: "ends a character that is cut off with its least bytes", bytes: [0xe6], key: "怀" },
    { name: "keeps off the surrogates", bytes: [0xed, 0xbf, 0xbf], key: "\ud7ff" },
    { name: "begins a character that stands alone", bytes: [0x61, 0xbf], key: "a\u00a0" },
    { name: "ends with Unicode", bytes: [0xff, 0x61], key: "\u{10fffd}" },
    { name: "drops what follows a broken character", bytes: [0xc3, 0x61, 0x62], key: "À" },
  ];
  for (const { name, bytes, key } of cases) {
    test(name, () => assert.equal(validKey(bytes, 1024).toString(), key));
  }

  test("makes UTF-8 without control characters of any bytes, and cuts it between characters", () => {
    const random = seededRandom(11);
    for (let i = 0; i < 20_000; i++) {
      const bytes = Array.from(
        { length: 1 + Math.floor(random() * 12) },
        () =>
          // Half of them from the upper half, where the rules are.
          Math.floor(random() * 256) | (random() < 0.5 ? 0x80 : 0),
      );
      const maxBytes = Math.floor(random() * 14);
      const key = validKey(bytes, maxBytes);
      assert.ok(isUtf8(key), `${bytes.join(" ")} gives ${key.toString("hex")}`);
      assert.ok(key.length <= maxBytes);
      assert.doesNotMatch(key.toString(), /\p{Cc}/u);
    }
  });

  test("leaves keys without control characters as they are", () => {
    const random = seededRandom(12);
    for (let i = 0; i < 2000; i++) {
      const key = randomKey(random).replaceAll(/\p{Cc}/gu, "");
      assert.equal(validKey([...Buffer.from(key)], 1024).toString(), key);
    }
  });
});
