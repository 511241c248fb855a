import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { type ServerStates, statesFromText, statesToText } from "./handover.ts";
import { accounts, region } from "./running.ts";

describe("the servers' states", () => {
  test("arrive as they were sent", () => {
    const states: ServerStates = new Map([
      ["radosgw", { skipped: "it is not installed" }],
      ["moto", { url: "http://127.0.0.1:5000", region, ...accounts }],
    ]);
    assert.deepEqual(statesFromText(statesToText(states)), states);
  });

  test("are none where nobody sent them", () => {
    assert.equal(statesFromText(undefined).size, 0);
  });
});
