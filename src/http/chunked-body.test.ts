import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { BadReply } from "./bad-reply.ts";
import { ChunkedBody } from "./chunked-body.ts";

/** Reads a text in pieces of so many bytes; gives the body, what was left behind it, and whether it ended. */
function read(text: string, pieceBytes: number): { body: string; rest: string; isWhole: boolean } {
  const chunks = new ChunkedBody();
  const bytes = Buffer.from(text, "latin1");
  let body = "";
  let at = 0;
  const sink = {
    onBytes: (buffer: Uint8Array, from: number, to: number) => {
      body += Buffer.from(buffer).toString("latin1", from, to);
    },
  };
  while (at < bytes.length && !chunks.isWhole) {
    at = chunks.consume(bytes, at, Math.min(bytes.length, at + pieceBytes), sink);
  }
  return { body, rest: bytes.toString("latin1", at), isWhole: chunks.isWhole };
}

describe("ChunkedBody", () => {
  const good = [
    { name: "one chunk", text: "5\r\nhello\r\n0\r\n\r\n", body: "hello" },
    { name: "no chunk", text: "0\r\n\r\n", body: "" },
    { name: "several chunks", text: "2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n", body: "hello" },
    {
      name: "sizes in either case, with zeros",
      text: "00a\r\n0123456789\r\n0A\r\n0123456789\r\n0\r\n\r\n",
      body: "01234567890123456789",
    },
    { name: "line ends inside a chunk", text: "5\r\n\r\n0\r\n\r\n0\r\n\r\n", body: "\r\n0\r\n" },
    { name: "extensions", text: '5;a=b;c="d e"\r\nhello\r\n0 ; x\r\n\r\n', body: "hello" },
    {
      name: "trailers",
      text: "5\r\nhello\r\n0\r\nx-amz-checksum: abc\r\nb: c\r\n\r\n",
      body: "hello",
    },
  ];
  for (const { name, text, body } of good) {
    test(`reads ${name}, wherever it is cut`, () => {
      for (const pieceBytes of [1, 2, 3, 7, 100]) {
        assert.deepEqual(read(`${text}HTTP/1.1`, pieceBytes), {
          body,
          rest: "HTTP/1.1",
          isWhole: true,
        });
        assert.equal(read(text.slice(0, -1), pieceBytes).isWhole, false);
      }
    });
  }

  const bad = [
    { name: "no size", text: "\r\nhello" },
    { name: "a size that is no number", text: "g\r\n" },
    { name: "a negative size", text: "-5\r\n" },
    { name: "a size that no number holds", text: "fffffffffffff\r\n" },
    { name: "an LF without its CR after a size", text: "5\nhello" },
    { name: "an LF without its CR in an extension", text: "5;a\nhello" },
    { name: "a CR without its LF", text: "5\rhello" },
    { name: "more bytes than the size says", text: "4\r\nhello\r\n" },
    { name: "a chunk that does not end in CR LF", text: "5\r\nhello\rx" },
    { name: "a trailer that ends in an LF alone", text: "0\r\n\n" },
    { name: "a CR inside the last line", text: "0\r\n\rx" },
    { name: "an extension without an end", text: `5;${"a".repeat(17_000)}` },
    { name: "trailers without an end", text: `0\r\n${"a: b\r\n".repeat(3000)}` },
  ];
  for (const { name, text } of bad) {
    test(`refuses ${name}`, () => {
      for (const pieceBytes of [1, 3, 100_000])
        assert.throws(() => read(text, pieceBytes), BadReply);
    });
  }
});
