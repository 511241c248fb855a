import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { VirtualClock } from "../../../test/support/virtual-clock.ts";
import { memoryOfRate, SharedRate } from "./shared-rate.ts";

describe("SharedRate", () => {
  test("lets all who share it go at the rate together, in the order in which they come", () => {
    const clock = new VirtualClock();
    const memory = memoryOfRate();
    const both = [1, 2].map(() => new SharedRate(memory, 100, clock));
    let atOnce = 0;
    for (let i = 0; i < 50; i++) {
      for (const rate of both) if (rate.take(1) === undefined) atOnce++;
    }
    // What 20 ms had let pass, and the one that comes now.
    assert.equal(atOnce, 3);
    assert.deepEqual(clock.slept.slice(0, 3), [10, 20, 30]);
    // The last of 100 goes when the others have had their hundredth of a second each.
    assert.equal(clock.slept.at(-1), (100 - 3) * 10);
  });

  test("makes up for little of what nobody has used", async () => {
    const clock = new VirtualClock();
    const rate = new SharedRate(memoryOfRate(), 1000, clock);
    void rate.take(1);
    await clock.advance(60_000);
    let atOnce = 0;
    while (rate.take(1) === undefined) atOnce++;
    assert.equal(atOnce, 21);
  });

  test("lets a large amount go, and the next wait for as long as it takes", () => {
    const clock = new VirtualClock();
    const rate = new SharedRate(memoryOfRate(), 1000, clock);
    assert.equal(rate.take(5000), undefined);
    void rate.take(1);
    assert.deepEqual(clock.slept, [5000 - 20]);
  });

  test("gives up a wait when it is told to", async () => {
    const clock = new VirtualClock();
    const rate = new SharedRate(memoryOfRate(), 1, clock);
    const stop = new AbortController();
    void rate.take(1);
    const waiting = rate.take(1, stop.signal);
    stop.abort(new Error("stop"));
    await assert.rejects(Promise.resolve(waiting), /stop/);
  });
});
