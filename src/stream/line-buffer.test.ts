import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { LineBuffer } from "./line-buffer.ts";

describe("a line buffer", () => {
  test("keeps what is written as it grows", () => {
    const lines = new LineBuffer();
    let text = "";
    for (let i = 0; i < 30_000; i++) {
      lines.addText(`line ${i} é😀\n`);
      text += `line ${i} é😀\n`;
    }
    assert.equal(lines.written().toString(), text);
  });

  test("has room for what was reserved, in its bytes and in its view", () => {
    const lines = new LineBuffer();
    lines.addText("abc");
    for (const more of [1, 1000, 1 << 17, 1 << 22]) {
      lines.reserve(more);
      assert.ok(lines.bytes.length >= lines.length + more);
      lines.view.setUint8(lines.length + more - 1, 0x7a);
      assert.equal(lines.bytes[lines.length + more - 1], 0x7a);
      assert.equal(lines.written().toString(), "abc");
    }
  });

  test("begins anew in the same memory, unless that has grown too large to keep", () => {
    const lines = new LineBuffer();
    lines.addText("abc");
    const { bytes } = lines;
    lines.clear();
    assert.equal(lines.length, 0);
    assert.equal(lines.bytes, bytes);
    lines.reserve(1 << 22);
    lines.clear();
    assert.ok(lines.bytes.length < 1 << 20);
  });

  test("leaves what was written to who has it when it is renewed", () => {
    const lines = new LineBuffer();
    lines.addText("before");
    const before = lines.written();
    lines.renew();
    lines.addText("after");
    assert.deepEqual([before.toString(), lines.written().toString()], ["before", "after"]);
  });
});
