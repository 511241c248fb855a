import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { VirtualClock } from "../../test/support/virtual-clock.ts";
import { CredentialsCache } from "./credentials-cache.ts";

const hourMs = 3_600_000;

describe("CredentialsCache", () => {
  test("asks once for lasting credentials, and once for all who wait", async () => {
    const { cache, asked } = caching(() => ({}));
    const first = await Promise.all([cache.signer(), cache.signer(), cache.signer()]);
    assert.equal(new Set(first).size, 1);
    assert.equal(cache.signer(), first[0], "no promise once they are here");
    assert.equal(asked(), 1);
  });

  test("asks again five minutes before they expire", async () => {
    const { cache, clock, asked } = caching((now) => ({ expiration: new Date(now + hourMs) }));
    await cache.signer();
    await clock.advance(hourMs - 5 * 60_000 - 1);
    await cache.signer();
    assert.equal(asked(), 1);
    await clock.advance(1);
    await cache.signer();
    assert.equal(asked(), 2);
  });

  test("goes on with the old ones while they hold when no new ones can be had", async () => {
    let fails = false;
    const { cache, clock, asked } = caching((now) => {
      if (fails) throw new Error("no network");
      return { expiration: new Date(now + hourMs) };
    });
    const old = await cache.signer();
    fails = true;
    await clock.advance(hourMs - 60_000);
    assert.equal(await cache.signer(), old);
    assert.equal(await cache.signer(), old);
    assert.equal(asked(), 2, "it does not ask with each request");
    await clock.advance(60_000);
    await assert.rejects(async () => cache.signer(), /no network/);
    fails = false;
    assert.notEqual(await cache.signer(), old);
  });

  test("asks again after a failure", async () => {
    let fails = true;
    const { cache } = caching(() => {
      if (fails) throw new Error("no network");
      return {};
    });
    await assert.rejects(async () => cache.signer(), /no network/);
    fails = false;
    await cache.signer();
  });

  test("drops those that the server refused, once", async () => {
    const { cache, asked } = caching(() => ({}));
    const old = await cache.signer();
    cache.drop(old);
    const next = await cache.signer();
    assert.notEqual(next, old);
    cache.drop(old);
    assert.equal(cache.signer(), next, "another request was told the same, late");
    assert.equal(asked(), 2);
  });
});

function caching(make: (now: number) => { expiration?: Date }): {
  cache: CredentialsCache;
  clock: VirtualClock;
  asked: () => number;
} {
  const clock = new VirtualClock();
  let asked = 0;
  const provider = async () => {
    asked++;
    return { accessKeyId: "id", secretAccessKey: "secret", ...make(clock.now()) };
  };
  return { cache: new CredentialsCache(provider, clock), clock, asked: () => asked };
}
