import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Worker } from "node:worker_threads";
import { steadyClock } from "./clock.ts";

describe("steadyClock", () => {
  test("goes on when the machine's clock is set back", (t) => {
    const before = steadyClock.now();
    t.mock.timers.enable({ apis: ["Date"], now: 0 });
    assert.ok(steadyClock.now() >= before);
  });

  test("is the same in all threads", async () => {
    const file = JSON.stringify(new URL("clock.ts", import.meta.url).href);
    const tells = `const { steadyClock } = await import(${file});
      (await import("node:worker_threads")).parentPort.postMessage(steadyClock.now());`;
    const before = steadyClock.now();
    const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(tells)}`));
    const there = await new Promise<number>((resolve, reject) => {
      worker.once("message", resolve).once("error", reject);
    });
    await worker.terminate();
    assert.ok(before <= there && there <= steadyClock.now());
  });
});
