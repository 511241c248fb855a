import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { bareEtag, quotedEtag } from "./etag.ts";

describe("an ETag", () => {
  const sent = [
    { name: "in quotes", text: '"abc-2"', etag: "abc-2" },
    { name: "without quotes", text: "abc-2", etag: "abc-2" },
    { name: "in quotes that were escaped twice", text: "&quot;abc&quot;", etag: "abc" },
    { name: "in quotes by number", text: "&#34;abc&#34;", etag: "abc" },
    { name: "that is empty", text: '""', etag: "" },
    { name: "that is one quote", text: '"', etag: '"' },
    { name: "that is missing", text: "", etag: "" },
  ];
  for (const { name, text, etag } of sent) {
    test(`that was sent ${name} is ${JSON.stringify(etag)}`, () => {
      assert.equal(bareEtag(text), etag);
    });
  }

  test("is sent in quotes", () => {
    assert.equal(quotedEtag("abc-2"), '"abc-2"');
  });
});
