import assert from "node:assert/strict";
import type { LookupAddress } from "node:dns";
import { describe, test } from "node:test";

import { Addresses, type Lookup } from "./addresses.ts";

/** Addresses of a host that answers what it is told to, and a clock that stands still. */
function rig(...answers: (readonly string[] | Error)[]) {
  const asked: string[] = [];
  const time = { now: 0 };
  const lookup: Lookup = (host, callback) => {
    asked.push(host);
    const answer = answers.length > 1 ? answers.shift()! : answers[0]!;
    if (answer instanceof Error) callback(answer, []);
    else
      callback(
        null,
        answer.map((address) => ({ address, family: 4 })),
      );
  };
  const addresses = new Addresses({ lookup, now: () => time.now, random: () => 0.5 });
  /** The addresses that a connection would try, in order. */
  const tried = (afresh = false): string => {
    let found: readonly LookupAddress[] = [];
    addresses.lookup(afresh)("host", { all: true }, (error, all) => {
      if (error !== null) throw error;
      found = all as LookupAddress[];
    });
    return found.map(({ address }) => address).join(" ");
  };
  return { addresses, asked, time, tried };
}

describe("Addresses", () => {
  test("gives them as they were answered, four at most", () => {
    assert.equal(rig(["a", "b", "c", "d", "e"]).tried(), "a b c d");
  });

  test("gives one where one is asked for", () => {
    rig(["a", "b"]).addresses.lookup(false)("host", {}, (error, address, family) => {
      assert.deepEqual({ error, address, family }, { error: null, address: "a", family: 4 });
    });
  });

  test("puts those with fewer connections first", () => {
    const { addresses, tried } = rig(["a", "b"]);
    addresses.opened("a");
    assert.equal(tried(), "b a");
    addresses.opened("b");
    addresses.opened("b");
    assert.equal(tried(), "a b");
    addresses.closed("b");
    addresses.closed("b");
    assert.equal(tried(), "b a");
  });

  test("puts those that failed last for a minute, the last one at the end", () => {
    const { addresses, time, tried } = rig(["a", "b", "c"]);
    addresses.failed("a");
    time.now = 1000;
    addresses.failed("b");
    addresses.opened("c");
    assert.equal(tried(), "c a b");
    time.now = 60_000;
    assert.equal(tried(), "a c b");
    time.now = 61_000;
    assert.equal(tried(), "a b c");
  });

  test("asks again after five seconds, and at once for one that wants a fresh answer", () => {
    const { asked, time, tried } = rig(["a"], ["b"], ["c"]);
    assert.equal(tried(), "a");
    time.now = 4999;
    assert.equal(tried(), "a");
    assert.equal(tried(true), "b");
    time.now = 9999;
    assert.equal(tried(), "c");
    assert.deepEqual(asked, ["host", "host", "host"]);
  });

  test("fails as the system does, and keeps no failure", () => {
    const { tried } = rig(new Error("no such host"), [], ["a"]);
    assert.throws(() => tried(), { message: "no such host" });
    assert.throws(() => tried(), { code: "ENOTFOUND" });
    assert.equal(tried(), "a");
  });
});
