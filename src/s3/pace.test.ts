import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { VirtualClock } from "../../test/support/virtual-clock.ts";
import { Pace, paceKind, Paces } from "./pace.ts";

describe("Pace", () => {
  test("lets requests go at once until the server throttles", () => {
    const pace = new Pace(new VirtualClock());
    for (let i = 0; i < 10_000; i++) assert.equal(pace.enter(), undefined);
    assert.equal(pace.limit, Number.POSITIVE_INFINITY);
  });

  test("lowers the rate below the one that got through", async () => {
    const clock = new VirtualClock();
    const pace = new Pace(clock);
    for (let ms = 0; ms < 1000; ms += 10) {
      pace.passed();
      await clock.advance(10);
    }
    pace.throttled();
    assert.ok(pace.limit > 70 && pace.limit < 90, `${pace.limit} of 100 a second`);
  });

  test("lowers it once for refusals that come together", async () => {
    const clock = new VirtualClock();
    const pace = new Pace(clock);
    for (let i = 0; i < 500; i++) pace.passed();
    pace.throttled();
    const { limit } = pace;
    for (let i = 0; i < 100; i++) pace.throttled();
    assert.equal(pace.limit, limit);
    await clock.advance(1000);
    pace.throttled();
    assert.ok(pace.limit < limit);
  });

  test("does not take the first few requests for the rate", () => {
    const pace = new Pace(new VirtualClock());
    pace.passed();
    pace.throttled();
    assert.equal(pace.limit, 50);
  });

  test("never comes to a stop", async () => {
    const clock = new VirtualClock();
    const pace = new Pace(clock);
    for (let second = 0; second < 60; second++) {
      pace.throttled();
      await clock.advance(1000);
    }
    assert.equal(pace.limit, 1);
  });

  test("tells of each throttle", () => {
    let told = 0;
    const pace = new Pace(new VirtualClock(), () => told++);
    pace.throttled();
    pace.throttled();
    assert.equal(told, 2);
  });

  test("lets requests go in the order they came", async () => {
    const clock = new VirtualClock();
    const pace = await throttledTo(80, clock);
    const order: number[] = [];
    const all = Array.from({ length: 50 }, async (_, index) => {
      await pace.enter();
      order.push(index);
    });
    await clock.finish(Promise.all(all));
    assert.deepEqual(order, Array.from(order.keys()));
  });

  test("forgets a request that is aborted while it waits", async () => {
    const clock = new VirtualClock();
    const pace = await throttledTo(80, clock);
    const controller = new AbortController();
    const reason = new Error("enough");
    const waiting = [undefined, controller.signal, undefined].map(async (signal) =>
      pace.enter(signal),
    );
    controller.abort(reason);
    const results = await clock.finish(Promise.allSettled(waiting));
    assert.deepEqual(
      results.map(({ status }) => status),
      ["fulfilled", "rejected", "fulfilled"],
    );
    assert.equal((results[1] as PromiseRejectedResult).reason, reason);
    await assert.rejects(
      async () => pace.enter(controller.signal),
      (error) => error === reason,
    );
  });

  test("lifts the limit in the end, and lets all go who wait", async () => {
    const clock = new VirtualClock();
    const pace = await throttledTo(80, clock);
    const all = Promise.all(Array.from({ length: 8000 }, async () => pace.enter()));
    const began = clock.now();
    await clock.finish(all);
    assert.equal(pace.limit, Number.POSITIVE_INFINITY);
    assert.ok(clock.now() - began < 60_000, "8000 requests at 80 a second would take 100 seconds");
  });

  describe("with many requests that wait for a server", () => {
    for (const capacity of [20, 300, 3500]) {
      test(`comes near what it can do (${capacity} a second) and seldom over`, async () => {
        const simulation = new Simulation(capacity, 2 * capacity);
        await simulation.run(20_000);
        const { done, refused } = await simulation.run(20_000);
        assert.ok(done / 20 > 0.75 * capacity, `${done / 20} a second got through`);
        assert.ok(refused < 0.1 * done, `${refused} were refused and ${done} not`);
      });
    }

    test("follows when it can do more, and when it can do less", async () => {
      const simulation = new Simulation(200, 1000);
      await simulation.run(20_000);
      simulation.capacity = 800;
      await simulation.run(60_000);
      const more = await simulation.run(10_000);
      assert.ok(more.done / 10 > 0.75 * 800, `${more.done / 10} of 800 a second`);
      simulation.capacity = 50;
      await simulation.run(20_000);
      const less = await simulation.run(20_000);
      assert.ok(less.done / 20 > 0.7 * 50, `${less.done / 20} of 50 a second`);
      assert.ok(less.refused < 0.2 * less.done, `${less.refused} were refused`);
    });
  });
});

describe("Paces", () => {
  test("has one for each bucket and kind of request", () => {
    const clock = new VirtualClock();
    const told: string[] = [];
    const paces = new Paces(clock, (kind, bucket) => told.push(`${kind} ${bucket}`));
    paces.of("read", "a").throttled();
    assert.equal(paces.of("read", "a"), paces.of("read", "a"));
    assert.notEqual(paces.of("read", "a").limit, Number.POSITIVE_INFINITY);
    assert.equal(paces.of("write", "a").limit, Number.POSITIVE_INFINITY);
    assert.equal(paces.of("list", "a").limit, Number.POSITIVE_INFINITY);
    assert.equal(paces.of("read", "b").limit, Number.POSITIVE_INFINITY);
    assert.equal(paces.of("read", "a", 1).limit, Number.POSITIVE_INFINITY);
    assert.equal(paces.of("read", "a", 0), paces.of("read", "a"));
    assert.deepEqual(told, ["read a"]);
  });

  test("tells kinds apart as S3 does", () => {
    assert.equal(paceKind("ListObjectsV2", "GET"), "list");
    assert.equal(paceKind("ListParts", "GET"), "list");
    assert.equal(paceKind("HeadObject", "HEAD"), "read");
    assert.equal(paceKind("GetObject", "GET"), "read");
    assert.equal(paceKind("CopyObject", "PUT"), "write");
    assert.equal(paceKind("DeleteObjects", "POST"), "write");
  });
});

/** A pace that was just cut to a rate. */
async function throttledTo(rate: number, clock: VirtualClock): Promise<Pace> {
  const pace = new Pace(clock);
  for (let i = 0; i < rate / 0.8 / 2; i++) pace.passed();
  await clock.advance(500);
  pace.throttled();
  assert.equal(pace.limit, rate);
  return pace;
}

/** Workers that ask a server which answers after 20 ms and refuses what is over its capacity in a tenth of a second. */
class Simulation {
  capacity: number;
  readonly #clock = new VirtualClock();
  readonly #pace = new Pace(this.#clock);
  #window = 0;
  #inWindow = 0;
  #done = 0;
  #refused = 0;

  /** The workers could ask about `demand` times a second. */
  constructor(capacity: number, demand: number) {
    this.capacity = capacity;
    const roundTripMs = 20;
    for (let worker = 0; worker < Math.ceil((demand * roundTripMs) / 1000); worker++) {
      void this.#work(roundTripMs);
    }
  }

  async run(ms: number): Promise<{ done: number; refused: number }> {
    this.#done = 0;
    this.#refused = 0;
    await this.#clock.advance(ms);
    return { done: this.#done, refused: this.#refused };
  }

  async #work(roundTripMs: number): Promise<void> {
    for (;;) {
      await this.#pace.enter();
      const taken = this.#takes();
      await this.#clock.sleep(roundTripMs);
      if (taken) {
        this.#done++;
        this.#pace.passed();
      } else {
        this.#refused++;
        this.#pace.throttled();
      }
    }
  }

  #takes(): boolean {
    const window = Math.floor(this.#clock.now() / 100);
    if (window !== this.#window) {
      this.#window = window;
      this.#inWindow = 0;
    }
    return this.#inWindow++ < this.capacity / 10;
  }
}
