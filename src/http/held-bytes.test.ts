import assert from "node:assert/strict";
import { describe, test } from "node:test";

import {
  GrowingBuffer,
  type HeldBytes,
  inOneBuffer,
  LikelyLength,
  OneBuffer,
  SlabChain,
} from "./held-bytes.ts";
import { giveBack, slabBytes, Slabs } from "./slabs.ts";

/** Takes all that is held, as text. */
function takenOf(held: HeldBytes): string {
  let text = "";
  for (let chunk = held.take(); chunk !== undefined; chunk = held.take())
    text += chunk.toString("latin1");
  return text;
}

/** Adds a text from the midst of a buffer that is overwritten afterwards, as that which sockets share is. */
function addShared(held: HeldBytes, text: string): void {
  const shared = Buffer.from(`before${text}behind`);
  held.add(shared, 6, 6 + text.length);
  shared.fill("?");
}

/** Has a socket read a text into the memory that it is given. Fails if it is given none. */
function readInto(held: HeldBytes, text: string, left: number): void {
  const target = held.target(left)!;
  assert.ok(target.length <= left);
  target.write(text, "latin1");
  held.add(target, 0, text.length);
}

const kinds = [
  { name: "OneBuffer", make: (length: number): HeldBytes => new OneBuffer(length) },
  { name: "SlabChain", make: (): HeldBytes => new SlabChain(new Slabs()) },
  { name: "GrowingBuffer", make: (): HeldBytes => new GrowingBuffer(new LikelyLength()) },
];
for (const { name, make } of kinds) {
  describe(name, () => {
    test("gives what came, in order, once", () => {
      const held = make(10);
      assert.equal(held.take(), undefined);
      addShared(held, "abc");
      addShared(held, "de");
      assert.equal(held.size, 5);
      assert.equal(takenOf(held), "abcde");
      assert.equal(held.size, 0);
      addShared(held, "fghij");
      held.end();
      assert.equal(takenOf(held), "fghij");
      assert.equal(held.take(), undefined);
    });

    test("leaves alone what was taken", () => {
      const held = make(6);
      addShared(held, "abc");
      const taken = held.take()!;
      addShared(held, "def");
      held.end();
      assert.equal(taken.toString(), "abc");
    });
  });
}

for (const { name, make } of kinds.slice(0, 2)) {
  test(`${name} is read into without a copy, between bytes that are copied`, () => {
    const held = make(9);
    addShared(held, "abc");
    readInto(held, "def", 6);
    readInto(held, "ghi", 3);
    held.end();
    assert.equal(takenOf(held), "abcdefghi");
  });
}

describe("SlabChain", () => {
  test("goes on in another slab where one is full, and says when it holds enough", () => {
    const held = new SlabChain(new Slabs());
    const half = "x".repeat(slabBytes / 2 + 1);
    addShared(held, half);
    assert.equal(held.isFull, false);
    addShared(held, half);
    assert.equal(held.isFull, true);
    held.end();
    assert.equal(takenOf(held), half + half);
  });

  test("takes a slab again when all chunks of it were given back, each once", () => {
    const slabs = new Slabs();
    const held = new SlabChain(slabs);
    addShared(held, "abc");
    const first = held.take()!;
    addShared(held, "def");
    const second = held.take()!;
    held.end();
    giveBack(first);
    giveBack(first);
    giveBack(second.subarray(1));
    assert.notEqual(slabs.take().bytes.buffer, first.buffer);
    giveBack(second);
    assert.equal(slabs.take().bytes.buffer, first.buffer);
  });
});

describe("GrowingBuffer", () => {
  test("holds all in one piece, however it grew", () => {
    const held = new GrowingBuffer(new LikelyLength());
    let all = "";
    for (let i = 0; i < 300; i++) {
      addShared(held, `${i},`);
      all += `${i},`;
    }
    held.end();
    assert.equal(held.take()!.toString(), all);
  });

  test("begins with as much memory as the long body before it needed, and a short one with little", () => {
    const likely = new LikelyLength();
    const before = new GrowingBuffer(likely);
    addShared(before, "x".repeat(100_000));
    before.end();
    const long = new GrowingBuffer(likely);
    addShared(long, "x".repeat(3000));
    assert.ok(long.take()!.buffer.byteLength >= 100_000);
    assert.equal(likely.of(100), 100);
  });
});

test("inOneBuffer takes over what came and goes on behind it", () => {
  const slabs = new Slabs();
  const chain = new SlabChain(slabs);
  addShared(chain, "abc");
  const one = inOneBuffer(6, chain);
  readInto(one, "def", 3);
  const whole = one.take()!;
  assert.equal(whole.toString(), "abcdef");
  assert.equal(one.take(), undefined);
});
