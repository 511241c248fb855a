import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { cached, refreshBeforeMs, refreshPauseMs } from "./cached-credentials.ts";

/** A provider of keys named 1, 2, 3 …, each valid for an hour, on a clock that a test sets. */
function rig() {
  const state = { now: 0, asked: 0, fails: false, hours: 1 };
  const provider = async () => {
    state.asked++;
    await Promise.resolve();
    if (state.fails) throw new Error("the service is away");
    const expiration = new Date(state.now + state.hours * 3_600_000);
    return { accessKeyId: String(state.asked), secretAccessKey: "s", expiration };
  };
  return { state, get: cached(provider, () => state.now) };
}

describe("cached credentials", () => {
  test("are asked for once, also by many at a time", async () => {
    const { state, get } = rig();
    const all = await Promise.all([get(), get(), get()]);
    assert.deepEqual(
      all.map(({ accessKeyId }) => accessKeyId),
      ["1", "1", "1"],
    );
    await get();
    assert.equal(state.asked, 1);
  });

  test("are asked for anew shortly before their end", async () => {
    const { state, get } = rig();
    await get();
    state.now = 3_600_000 - refreshBeforeMs - 1;
    assert.equal((await get()).accessKeyId, "1");
    state.now += 2;
    assert.equal((await get()).accessKeyId, "2");
  });

  test("are kept for ever when they have no end", async () => {
    let asked = 0;
    let now = 0;
    const get = cached(
      () => Promise.resolve({ accessKeyId: String(++asked), secretAccessKey: "s" }),
      () => now,
    );
    await get();
    now = 1e13;
    assert.equal((await get()).accessKeyId, "1");
  });

  test("serve on while new ones fail, until they end", async () => {
    const { state, get } = rig();
    await get();
    state.fails = true;
    state.now = 3_600_000 - 1;
    assert.equal((await get()).accessKeyId, "1");
    state.now += 1;
    await assert.rejects(get(), /away/);
    state.fails = false;
    assert.equal((await get()).accessKeyId, "4");
  });

  test("near their end are asked for anew only now and then", async () => {
    const { state, get } = rig();
    state.hours = (refreshBeforeMs - 1) / 3_600_000;
    await get();
    state.now = refreshPauseMs - 1;
    await get();
    assert.equal(state.asked, 1);
    state.now += 1;
    await get();
    assert.equal(state.asked, 2);
  });

  test("are asked for again after a first failure", async () => {
    const { state, get } = rig();
    state.fails = true;
    await assert.rejects(get(), /away/);
    state.fails = false;
    assert.equal((await get()).accessKeyId, "2");
  });
});
