import assert from "node:assert/strict";
import { describe, test } from "node:test";

import type { HttpRequest } from "../s3/transport.ts";
import { requestHead } from "./request-head.ts";

function request(change: Partial<HttpRequest>): HttpRequest {
  const origin = "http://127.0.0.1:9000";
  const headers = { host: "127.0.0.1:9000" };
  return {
    method: "GET",
    origin,
    path: "/a",
    headers,
    headTimeoutMs: 1,
    idleTimeoutMs: 1,
    ...change,
  };
}

describe("requestHead", () => {
  test("writes the request line and the headers as they are", () => {
    const headers = { host: "h", "x-amz-meta-a": "\xc3\xa9 \t", "content-length": "0" };
    assert.equal(
      requestHead(request({ method: "PUT", path: "/b/c%20d?x=%2F", headers })),
      "PUT /b/c%20d?x=%2F HTTP/1.1\r\nhost: h\r\nx-amz-meta-a: \xc3\xa9 \t\r\ncontent-length: 0\r\n\r\n",
    );
  });

  const body = Buffer.from("hello");
  const stream = (async function* () {
    yield body;
  })();
  for (const { name, change } of [
    { name: "bytes with their length", change: { body, headers: { "content-length": "5" } } },
    {
      name: "a stream with a length",
      change: { body: stream, headers: { "content-length": "7" } },
    },
  ]) {
    test(`takes ${name}`, () => {
      assert.match(
        requestHead(request({ method: "PUT", ...change })),
        /content-length: \d\r\n\r\n$/,
      );
    });
  }

  const refused: readonly { readonly name: string; readonly change: Partial<HttpRequest> }[] = [
    { name: "a method it does not know", change: { method: "PATCH" } },
    { name: "a path that does not begin with a slash", change: { path: "a" } },
    { name: "a line break in a path", change: { path: "/a\r\nx: y" } },
    { name: "a blank in a path", change: { path: "/a b" } },
    { name: "a letter in a path that is not ASCII", change: { path: "/é" } },
    { name: "a line break in a value", change: { headers: { a: "b\r\nc: d" } } },
    { name: "a NUL in a value", change: { headers: { a: "\0" } } },
    { name: "a letter in a value that is no byte", change: { headers: { a: "\u0100" } } },
    { name: "a line break in a name", change: { headers: { "a\r\nb": "c" } } },
    { name: "a colon in a name", change: { headers: { "a:": "c" } } },
    { name: "a name in capitals", change: { headers: { A: "c" } } },
    { name: "an empty name", change: { headers: { "": "c" } } },
    { name: "what becomes of the connection", change: { headers: { connection: "close" } } },
    { name: "another coding of the body", change: { headers: { "transfer-encoding": "chunked" } } },
    { name: "a body without a length", change: { body } },
    { name: "a stream without a length", change: { body: stream } },
    { name: "a body of another length", change: { body, headers: { "content-length": "4" } } },
    { name: "a length without a body", change: { headers: { "content-length": "5" } } },
    {
      name: "a length that is no number",
      change: { body: stream, headers: { "content-length": "5, 5" } },
    },
  ];
  for (const { name, change } of refused) {
    test(`refuses ${name}, and tells nothing of what is in it`, () => {
      assert.throws(() => requestHead(request(change)), {
        name: "TransportError",
        code: "INVALID_REQUEST",
        stage: "unsent",
        message: /^[\x20-\x7e]+$/,
      });
    });
  }
});
