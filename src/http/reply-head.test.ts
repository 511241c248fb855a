import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { BadReply } from "./bad-reply.ts";
import { HeadReader, type ReplyHead } from "./reply-head.ts";

function read(lines: readonly string[], reader = new HeadReader()): ReplyHead {
  const text = `${lines.join("\r\n")}\r\n\r\nbody`;
  return reader.read(text, text.indexOf("\r\n\r\n"));
}

describe("HeadReader", () => {
  const status = "HTTP/1.1 200 OK";
  const good = [
    {
      name: "a status alone",
      lines: ["HTTP/1.1 204 No Content"],
      found: { status: 204, keepAlive: true },
    },
    { name: "a status without a reason", lines: ["HTTP/1.1 200 "], found: { status: 200 } },
    { name: "a status without the blank either", lines: ["HTTP/1.1 200"], found: { status: 200 } },
    {
      name: "a length",
      lines: [status, "Content-Length: 12"],
      found: { length: 12, chunked: false },
    },
    {
      name: "chunks",
      lines: [status, "Transfer-Encoding: Chunked"],
      found: { length: undefined, chunked: true },
    },
    {
      name: "the end of the connection",
      lines: [status, "Connection: x, close"],
      found: { keepAlive: false },
    },
    {
      name: "a connection of HTTP/1.0, which ends",
      lines: ["HTTP/1.0 200 OK"],
      found: { keepAlive: false },
    },
    {
      name: "one of HTTP/1.0 that goes on",
      lines: ["HTTP/1.0 200 OK", "connection: Keep-Alive"],
      found: { keepAlive: true },
    },
    {
      name: "how long it is kept",
      lines: [status, "Keep-Alive: timeout=5, max=100"],
      found: { keepAliveMs: 5000 },
    },
    {
      name: "no such thing in a word that ends like it",
      lines: [status, "Connection: not-close"],
      found: { keepAlive: true },
    },
  ];
  for (const { name, lines, found } of good) {
    test(`reads ${name}`, () => {
      const head = read(lines);
      assert.deepEqual({ ...head, ...found }, head);
    });
  }

  const headers: readonly {
    readonly name: string;
    readonly lines: readonly string[];
    readonly found: readonly (readonly [name: string, value: string])[];
  }[] = [
    {
      name: "names in any case",
      lines: ["ETag: a", "X-AMZ-Id: b"],
      found: [
        ["etag", "a"],
        ["x-amz-id", "b"],
      ],
    },
    {
      name: "blanks around a value and none in it",
      lines: ["a: \t b  c \t"],
      found: [["a", "b  c"]],
    },
    {
      name: "empty values",
      lines: ["a:", "b: "],
      found: [
        ["a", ""],
        ["b", ""],
      ],
    },
    { name: "colons in a value", lines: ["a: b: c"], found: [["a", "b: c"]] },
    {
      name: "a header that comes several times",
      lines: ["a: 1", "A: 2", "a: 3"],
      found: [["a", "1, 2, 3"]],
    },
    { name: "bytes that are not ASCII", lines: ["a: \xc3\xa9"], found: [["a", "\xc3\xa9"]] },
    {
      name: "names that objects have of their own",
      lines: ["constructor: a", "__proto__: b"],
      found: [
        ["constructor", "a"],
        ["__proto__", "b"],
      ],
    },
  ];
  for (const { name, lines, found } of headers) {
    test(`takes ${name}`, () => {
      assert.deepEqual(Object.entries(read([status, ...lines]).headers), found);
    });
  }

  const bad = [
    { name: "another protocol", lines: ["HTTP/2.0 200 OK"] },
    { name: "a later version", lines: ["HTTP/1.2 200 OK"] },
    { name: "a status of two digits", lines: ["HTTP/1.1 20 OK"] },
    { name: "a status of four", lines: ["HTTP/1.1 2000 OK"] },
    { name: "a status with a letter", lines: ["HTTP/1.1 2O0 OK"] },
    { name: "a header without a colon", lines: [status, "etag"] },
    { name: "a header without a name", lines: [status, ": a"] },
    { name: "a blank before the colon", lines: [status, "Content-Length : 5"] },
    { name: "a line that goes on from the one before", lines: [status, "a: b", " c: d"] },
    { name: "two lengths", lines: [status, "Content-Length: 5", "Content-Length: 5"] },
    { name: "two lengths in one", lines: [status, "Content-Length: 5, 5"] },
    { name: "a length with a sign", lines: [status, "Content-Length: +5"] },
    { name: "a length that no number holds", lines: [status, `Content-Length: ${"9".repeat(16)}`] },
    { name: "no length", lines: [status, "Content-Length:"] },
    {
      name: "a length and chunks",
      lines: [status, "Content-Length: 5", "Transfer-Encoding: chunked"],
    },
    { name: "a coding besides chunks", lines: [status, "Transfer-Encoding: gzip, chunked"] },
    { name: "chunks in HTTP/1.0", lines: ["HTTP/1.0 200 OK", "Transfer-Encoding: chunked"] },
    { name: "a CR inside a line", lines: [status, "a: b\rc: d"] },
    { name: "an LF inside a line", lines: [status, "a: b\nc: d"] },
  ];
  for (const { name, lines } of bad) {
    test(`refuses ${name}`, () => {
      assert.throws(() => read(lines), BadReply);
    });
  }

  test("reads heads rightly after others with other names in other order", () => {
    const reader = new HeadReader();
    const shapes = [
      ["ETag: a", "Date: b"],
      ["Date: b", "ETag: a"],
      ["ETag-More: c"],
      ["ETag: d"],
      ["E: f"],
    ];
    for (const lines of [...shapes, ...shapes.toReversed()]) {
      assert.deepEqual(
        { ...read([status, ...lines], reader).headers },
        { ...read([status, ...lines]).headers },
      );
    }
  });

  test("does not keep names without end", () => {
    const reader = new HeadReader();
    for (let i = 0; i < 3000; i++) {
      assert.equal(
        read([status, `x-amz-meta-${i}: ${i}`], reader).headers[`x-amz-meta-${i}`],
        `${i}`,
      );
    }
  });
});
