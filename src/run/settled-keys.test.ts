import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { randomKey, seededRandom } from "../../test/support/random.ts";
import { compareKeys } from "../key.ts";
import { type KeySpan, SettledKeys } from "./settled-keys.ts";

/** `a-c` is (a, c]; `-` alone is no bound. */
function spanOf(text: string): KeySpan {
  const [after, upTo] = text.split("-");
  return { after: after || undefined, upTo: upTo || undefined };
}

function show(spans: Iterable<KeySpan>): string {
  return Array.from(spans, ({ after = "", upTo = "" }) => `${after}-${upTo}`).join(" ");
}

describe("settled keys", () => {
  const cases = [
    { add: "", spans: "", left: "-" },
    { add: "-", spans: "-", left: "" },
    { add: "-b", spans: "-b", left: "b-" },
    { add: "b-", spans: "b-", left: "-b" },
    { add: "b-c e-f", spans: "b-c e-f", left: "-b c-e f-" },
    { add: "e-f b-c c-e", spans: "b-f", left: "-b f-" },
    { add: "b-c c-d -b", spans: "-d", left: "d-" },
    { add: "m- -c c-m", spans: "-", left: "" },
    { add: "b-d b-d b-c c-d", spans: "b-d", left: "-b d-" },
    { add: "😀-", spans: "😀-", left: "-😀" },
    { add: "\uff00-😀 😀-", spans: "\uff00-", left: "-\uff00" },
  ];
  for (const { add, spans, left } of cases) {
    test(`of ${add || "nothing"} are ${spans || "none"}`, () => {
      const settled = new SettledKeys();
      for (const span of add.split(" ").filter(Boolean)) settled.add(spanOf(span));
      assert.equal(show(settled), spans);
      assert.equal(show(settled.remaining()), left);
    });
  }

  test("are not settled again", () => {
    const settled = new SettledKeys();
    assert.equal(settled.add(spanOf("b-m")), true);
    assert.equal(settled.add(spanOf("b-m")), false);
    assert.equal(settled.add(spanOf("c-d")), false);
  });

  for (const overlapping of ["a-c", "l-n", "a-z", "-", "b-n", "-z", "a-"]) {
    test(`are no part of a span that is not all settled: ${overlapping}`, () => {
      const settled = new SettledKeys();
      settled.add(spanOf("b-m"));
      assert.throws(() => settled.add(spanOf(overlapping)), /were settled before/);
    });
  }

  const within = [
    { span: "a-z", left: "a-b c-e f-z" },
    { span: "b-c", left: "" },
    { span: "b-d", left: "c-d" },
    { span: "c-e", left: "c-e" },
    { span: "bb-ee", left: "c-e" },
    { span: "x-y", left: "x-y" },
    { span: "-a", left: "-a" },
  ];
  for (const { span, left } of within) {
    test(`leave ${left || "nothing"} of ${span}`, () => {
      const settled = new SettledKeys();
      settled.add(spanOf("b-c"));
      settled.add(spanOf("e-f"));
      assert.equal(show(settled.remaining(spanOf(span))), left);
    });
  }

  test("and what remains are all keys, each once, for random spans of any order", () => {
    const random = seededRandom(7);
    for (let round = 0; round < 200; round++) {
      const keys = Array.from({ length: 30 }, () => randomKey(random));
      const bounds = [...new Set(keys)].sort(compareKeys);
      const spans = bounds.map((upTo, index): KeySpan => ({ after: bounds[index - 1], upTo }));
      spans.push({ after: bounds.at(-1) });
      const some = spans.filter(() => random() < 0.5);
      for (let i = some.length - 1; i > 0; i--) {
        const j = Math.floor(random() * (i + 1));
        [some[i], some[j]] = [some[j]!, some[i]!];
      }
      const settled = new SettledKeys();
      for (const span of some) assert.equal(settled.add(span), true);
      for (const span of spans) {
        if (span.upTo !== undefined) assert.equal(settled.has(span.upTo), some.includes(span));
      }
      for (const span of settled.remaining()) assert.equal(settled.add(span), true);
      assert.equal(show(settled), "-");
    }
  });
});
