import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { BadReply } from "./bad-reply.ts";
import { maxHeadBytes, ReplyParser } from "./reply-parser.ts";

interface Read {
  /** The status of the head, if there was one. */
  readonly status: number | undefined;
  readonly body: string;
  /** What stands behind the reply. */
  readonly rest: string;
  readonly isWhole: boolean;
}

/** Reads a text in pieces of so many bytes, each of them in a buffer that is overwritten afterwards. */
function read(text: string, pieceBytes: number, method = "GET", parser = new ReplyParser()): Read {
  let status: number | undefined;
  let body = "";
  const sink = {
    onHead: (head: { readonly status: number }) => {
      assert.equal(status, undefined);
      ({ status } = head);
    },
    onBytes: (buffer: Uint8Array, from: number, to: number) => {
      body += Buffer.from(buffer).toString("latin1", from, to);
    },
  };
  parser.begin(method);
  let at = 0;
  while (at < text.length && !parser.isWhole) {
    const piece = Buffer.from(text.slice(at, at + pieceBytes), "latin1");
    at += parser.consume(piece, 0, piece.length, sink);
    piece.fill("?");
  }
  return { status, body, rest: text.slice(at), isWhole: parser.isWhole };
}

const next = "HTTP/1.1 500";

describe("ReplyParser", () => {
  const cases = [
    {
      name: "a body by its length",
      head: "200 OK\r\nContent-Length: 5",
      text: "hello",
      body: "hello",
    },
    { name: "no body by its length", head: "200 OK\r\nContent-Length: 0", text: "", body: "" },
    {
      name: "a body in chunks",
      head: "200 OK\r\nTransfer-Encoding: chunked",
      text: "5\r\nhello\r\n0\r\n\r\n",
      body: "hello",
    },
    { name: "204, which has no body", head: "204 No Content", text: "", body: "" },
    {
      name: "304, which has no body but a length",
      head: "304 Not Modified\r\nContent-Length: 5",
      text: "",
      body: "",
    },
    {
      name: "HEAD's, which has no body but a length",
      head: "200 OK\r\nContent-Length: 5",
      text: "",
      body: "",
      method: "HEAD",
    },
    {
      name: "the one behind interim ones",
      head: "100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\na: b\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5",
      text: "hello",
      body: "hello",
    },
    {
      name: "one with a long head",
      head: `200 OK\r\na: ${"b".repeat(5000)}\r\nContent-Length: 5`,
      text: "hello",
      body: "hello",
    },
  ];
  for (const { name, head, text, body, method } of cases) {
    test(`reads ${name}, and not what stands behind it, wherever it is cut`, () => {
      const reply = `HTTP/1.1 ${head}\r\n\r\n${text}`;
      for (const pieceBytes of [1, 2, 3, 5, 16, 100_000]) {
        const found = read(reply + next, pieceBytes, method);
        assert.equal(found.body, body);
        assert.equal(found.rest, next);
        assert.equal(found.isWhole, true);
        assert.equal(read(reply.slice(0, -1), pieceBytes, method).isWhole, false);
      }
    });
  }

  test("reads a body that ends with the connection", () => {
    const parser = new ReplyParser();
    const found = read("HTTP/1.1 200 OK\r\n\r\nhello", 3, "GET", parser);
    assert.deepEqual(
      { body: found.body, isWhole: found.isWhole },
      { body: "hello", isWhole: false },
    );
    assert.equal(parser.end(), true);
  });

  for (const { name, text } of [
    { name: "in the head", text: "HTTP/1.1 200 OK\r\nContent-" },
    { name: "in the body", text: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell" },
    {
      name: "between chunks",
      text: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
    },
  ]) {
    test(`takes no connection that ends ${name} for the end of a reply`, () => {
      const parser = new ReplyParser();
      read(text, 100, "GET", parser);
      assert.equal(parser.end(), false);
    });
  }

  test("tells how much is left of a body whose length is known", () => {
    const parser = new ReplyParser();
    read("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe", 100, "GET", parser);
    assert.equal(parser.left, 3);
  });

  test("reads one reply after the other", () => {
    const parser = new ReplyParser();
    for (const body of ["a", "", "bc"]) {
      const text = `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
      assert.equal(read(text, 7, "GET", parser).body, body);
    }
  });

  const bad = [
    { name: "what is no reply", text: "SSH-2.0-OpenSSH_9.6\r\n" },
    { name: "a reply of HTTP/2 at its first bytes", text: "HTTP/2" },
    {
      name: "another protocol that nobody asked for",
      text: "HTTP/1.1 101 Switching Protocols\r\n\r\n",
    },
    {
      name: "a head without an end",
      text: `HTTP/1.1 200 OK\r\n${"a: b\r\n".repeat(maxHeadBytes / 6)}`,
    },
  ];
  for (const { name, text } of bad) {
    test(`refuses ${name}`, () => {
      for (const pieceBytes of [3, 1000, 100_000]) {
        assert.throws(() => read(text, pieceBytes), BadReply);
      }
    });
  }
});
