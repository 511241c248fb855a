import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { Spread } from "./spread.ts";

describe("Spread", () => {
  test("takes in turn from all heaps, also from those that come later", async () => {
    const spread = new Spread<string>();
    spread.add(["a1", "a2", "a3"], () => {});
    spread.add(["b1", "b2"], () => {});
    const pages = spread.pages(() => 3);
    assert.deepEqual((await pages.next()).value, ["a1", "b1", "a2"]);
    spread.add(["c1"], () => {});
    spread.end();
    assert.deepEqual((await pages.next()).value, ["b2", "c1", "a3"]);
    assert.equal((await pages.next()).done, true);
  });

  test("tells when few are left of a heap, once", async () => {
    const spread = new Spread<number>();
    let told = 0;
    spread.add(
      Array.from({ length: 200 }, (_, i) => i),
      () => told++,
    );
    const pages = spread.pages(() => 50);
    await pages.next();
    assert.equal(told, 0);
    await pages.next();
    assert.equal(told, 1);
    await pages.next();
    spread.add([], () => told++);
    assert.equal(told, 2);
  });

  test("waits for room", async () => {
    const spread = new Spread<number>();
    let room = 2;
    const pages = spread.pages(() => room);
    spread.add([1, 2, 3], () => {});
    spread.end();
    assert.deepEqual((await pages.next()).value, [1, 2]);
    room = 0;
    const waiting = pages.next();
    spread.look();
    room = 1;
    spread.look();
    assert.deepEqual((await waiting).value, [3]);
    assert.equal((await pages.next()).done, true);
  });

  test("waits for more until it is ended, and gives nothing when it is dropped", async () => {
    const spread = new Spread<number>();
    const pages = spread.pages(() => 10);
    const waiting = pages.next();
    spread.add([1], () => {});
    assert.deepEqual((await waiting).value, [1]);
    spread.add([2], () => {});
    spread.drop();
    assert.equal((await pages.next()).done, true);
  });
});
