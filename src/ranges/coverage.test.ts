import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { Coverage } from "./coverage.ts";

/** `a-c` is (a, c]; a missing letter is no bound. */
function settleAll(intervals: string, whole = "-"): Coverage {
  const ends = (text: string): [Buffer | undefined, Buffer | undefined] => {
    const [after, upTo] = text.split("-").map((key) => (key === "" ? undefined : Buffer.from(key)));
    return [after, upTo];
  };
  const ranges = whole.split(" ").map(ends);
  const coverage = new Coverage(ranges.map(([after, upTo]) => ({ after, upTo })));
  for (const interval of intervals.split(" ")) coverage.settle(...ends(interval));
  return coverage;
}

describe("Coverage", () => {
  for (const { intervals, whole } of [
    { intervals: "-", whole: "-" },
    { intervals: "-a a-b b-", whole: "-" },
    { intervals: "b- -a a-b", whole: "-" },
    { intervals: "c-d a-b b-c", whole: "a-d" },
    { intervals: "m-", whole: "m-" },
    { intervals: "f- c-d b-c", whole: "b-d f-" },
  ]) {
    test(`is whole with ${intervals} of ${whole}`, () => settleAll(intervals, whole).check());
  }

  for (const { intervals, whole } of [
    { intervals: "-a b-", whole: "-" },
    { intervals: "-a a-b", whole: "-" },
    { intervals: "a-b b-", whole: "-" },
    { intervals: "-", whole: "a-" },
    { intervals: "-c b-d d-", whole: "-" },
    { intervals: "-b b-d c-d", whole: "-d" },
    { intervals: "-a c-d", whole: "-a c-d f-" },
    { intervals: "-a a-c c-d", whole: "-a c-d" },
  ]) {
    test(`throws for ${intervals} of ${whole}`, () => {
      assert.throws(() => settleAll(intervals, whole).check(), /not all keys|listed twice/);
    });
  }

  test("throws at once for what comes twice, and for what goes backwards", () => {
    assert.throws(() => settleAll("-a a-b a-b"), /"a" to "b" were listed twice/);
    assert.throws(() => settleAll("b-a"), /goes backwards/);
    assert.throws(() => settleAll("a-a"), /goes backwards/);
  });

  test("tells an empty key from no key", () => {
    const coverage = new Coverage([{ after: undefined, upTo: undefined }]);
    coverage.settle(undefined, Buffer.alloc(0));
    coverage.settle(Buffer.alloc(0), undefined);
    coverage.check();
  });
});
