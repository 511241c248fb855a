import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { joinRanges } from "./join-ranges.ts";

/** Reads `-b b-d f-`: a range from the beginning, one behind b up to d, one to the end. */
function ranges(text: string) {
  return text
    .split(" ")
    .filter(Boolean)
    .map((range) => {
      const [after, upTo] = range.split("-");
      return { after: after || undefined, upTo: upTo || undefined };
    });
}

describe("joinRanges", () => {
  const cases = [
    { name: "joins those that touch, in any order", given: "b-d -b d-", joined: "-" },
    { name: "leaves gaps", given: "f-g -b d-e", joined: "-b d-e f-g" },
    { name: "joins those that overlap", given: "a-d b-c c-f", joined: "a-f" },
    { name: "joins one that is twice", given: "a-b a-b", joined: "a-b" },
    { name: "joins all with one of all", given: "- a-b", joined: "-" },
    { name: "orders keys by their bytes", given: "\u{10000}- \uffff-\u{10000}", joined: "\uffff-" },
    { name: "has nothing of nothing", given: "", joined: "" },
  ];
  for (const { name, given, joined } of cases) {
    test(name, () => assert.deepEqual(joinRanges(ranges(given)), ranges(joined)));
  }
});
