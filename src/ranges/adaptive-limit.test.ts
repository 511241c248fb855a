import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { AdaptiveLimit } from "./adaptive-limit.ts";

/** Lists so many pages from a server that answers after 60 ms, at most `cap` pages a second; gives the limits along the way. */
function limits(pages: number, cap: number, most = 64, busy = 1): number[] {
  let now = 0;
  const limit = new AdaptiveLimit(most, now);
  const seen = [limit.limit];
  for (let i = 0; i < pages; i++) {
    now += 1000 / Math.min(cap, limit.limit / 0.06);
    limit.noteReply(Math.ceil(limit.limit * busy), now);
    if (seen.at(-1) !== limit.limit) seen.push(limit.limit);
  }
  return seen;
}

describe("AdaptiveLimit", () => {
  test("grows while more requests bring more", () => {
    assert.deepEqual(limits(5000, Number.POSITIVE_INFINITY), [16, 24, 36, 54, 64]);
  });

  test("stays small for a few pages", () => {
    assert.deepEqual(limits(150, Number.POSITIVE_INFINITY), [16]);
  });

  test("goes back when more brings no more, and tries again only after a long time", () => {
    assert.deepEqual(limits(900, 450), [16, 24, 36, 24]);
    const tries = limits(5000, 450).filter((limit) => limit === 36).length;
    assert.ok(tries > 1 && tries < 6, `${tries} tries`);
  });

  test("does not grow while requests that it may send are not sent", () => {
    assert.deepEqual(limits(5000, Number.POSITIVE_INFINITY, 64, 0.7), [16]);
  });

  test("is never more than it may be", () => {
    assert.deepEqual(limits(5000, Number.POSITIVE_INFINITY, 4), [4]);
  });
});
