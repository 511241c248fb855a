import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { seededRandom } from "../../test/support/random.ts";
import { firstDifference } from "./same-bytes.ts";

async function* pieces(text: string): AsyncGenerator<Uint8Array> {
  for (const piece of text.split("|")) yield Buffer.from(piece);
}

describe("the first difference of bytes that come in pieces", () => {
  const cases = [
    { a: "", b: "", at: undefined },
    { a: "abc", b: "abc", at: undefined },
    { a: "a|bc|", b: "ab||c", at: undefined },
    { a: "abc", b: "abd", at: 2 },
    { a: "a|b|c", b: "xbc", at: 0 },
    { a: "ab|cd", b: "abc|x", at: 3 },
    { a: "abc", b: "ab", at: 2 },
    { a: "", b: "|a", at: 0 },
  ];
  for (const { a, b, at } of cases) {
    test(`of "${a}" and "${b}" is ${at === undefined ? "none" : `at ${at}`}`, async () => {
      assert.equal(await firstDifference(pieces(a), pieces(b)), at);
      assert.equal(await firstDifference(pieces(b), pieces(a)), at);
    });
  }

  test("is where one byte was changed, however both are cut", async () => {
    const random = seededRandom(1);
    for (let round = 0; round < 200; round++) {
      const bytes = Buffer.alloc(1 + Math.floor(random() * 500), "abc");
      const changed = Buffer.from(bytes);
      const at = Math.floor(random() * bytes.length);
      changed[at]!++;
      const cut = async function* (of: Buffer): AsyncGenerator<Uint8Array> {
        for (let from = 0; from < of.length;) {
          const to = from + 1 + Math.floor(random() * 60);
          yield of.subarray(from, to);
          from = to;
        }
      };
      assert.equal(await firstDifference(cut(bytes), cut(changed)), at);
      assert.equal(await firstDifference(cut(bytes), cut(Buffer.from(bytes))), undefined);
    }
  });

  test("ends both sides, also the one that has more", async () => {
    const ended: string[] = [];
    const side = async function* (name: string): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield Buffer.from(name);
      } finally {
        ended.push(name);
      }
    };
    assert.equal(await firstDifference(side("a"), side("b")), 0);
    assert.deepEqual(ended, ["a", "b"]);
  });
});
