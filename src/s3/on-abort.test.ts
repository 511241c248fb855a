import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { describe, test } from "node:test";

import { systemClock } from "./clock.ts";
import { offAbort, onAbort } from "./on-abort.ts";

describe("onAbort", () => {
  test("tells all work under way, once, with the reason", () => {
    const controller = new AbortController();
    const told: string[] = [];
    const work = (name: string) => ({
      abort: (reason: unknown) => told.push(`${name} ${String(reason)}`),
    });
    const [a, b, c] = [work("a"), work("b"), work("c")];
    for (const each of [a, b, c]) onAbort(controller.signal, each);
    offAbort(controller.signal, b);
    controller.abort("enough");
    assert.deepEqual(told, ["a enough", "c enough"]);
    offAbort(controller.signal, a);
  });

  test("has one listener on a signal, and none when nothing is under way", () => {
    const { signal } = new AbortController();
    const works = Array.from({ length: 100 }, () => ({ abort() {} }));
    for (const work of works) onAbort(signal, work);
    assert.equal(getEventListeners(signal, "abort").length, 1);
    for (const work of works) offAbort(signal, work);
    assert.equal(getEventListeners(signal, "abort").length, 0);
    onAbort(signal, works[0]!);
    assert.equal(getEventListeners(signal, "abort").length, 1);
  });
});

describe("systemClock", () => {
  test("sleeps, and leaves nothing on the signal", async () => {
    const { signal } = new AbortController();
    await systemClock.sleep(1, signal);
    assert.equal(getEventListeners(signal, "abort").length, 0);
  });

  test("wakes with the signal's reason", async () => {
    const controller = new AbortController();
    const reason = new Error("enough");
    const asleep = systemClock.sleep(1_000_000, controller.signal);
    controller.abort(reason);
    await assert.rejects(asleep, (error) => error === reason);
    await assert.rejects(systemClock.sleep(1, controller.signal), (error) => error === reason);
  });
});
