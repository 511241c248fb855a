import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { get, type Rig } from "./rig.ts";

/** What is not sent, and not taken. */
export function refusals({ transport, answering }: Rig): void {
  describe("refuses", () => {
    const requests = [
      {
        name: "a line break in a header",
        change: { headers: { "x-amz-meta-a": "a\r\nx-evil: 1" } },
      },
      { name: "a NUL in a header", change: { headers: { "x-amz-meta-a": "a\0" } } },
      {
        name: "a character over a byte in a header",
        change: { headers: { "x-amz-meta-a": "a\u{100}" } },
      },
      { name: "a line break in a path", change: { path: "/a\r\nx-evil: 1" } },
      { name: "a blank in a path", change: { path: "/a HTTP/1.1" } },
      { name: "a path without a slash", change: { path: "a" } },
    ];
    for (const { name, change } of requests) {
      test(`${name}, and sends nothing`, async () => {
        const server = answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        const origin = await server;
        await assert.rejects(transport().send({ ...get(origin), ...change }), {
          name: "TransportError",
          stage: "unsent",
          code: "INVALID_REQUEST",
        });
        assert.deepEqual(server.requests, []);
      });
    }

    test("a reply longer than it may be", async () => {
      for (const head of [
        "Content-Length: 8\r\n\r\n12345678",
        "Transfer-Encoding: chunked\r\n\r\n8\r\n12345678\r\n0\r\n\r\n",
      ]) {
        const origin = await answering(`HTTP/1.1 200 OK\r\n${head}`);
        const carrier = transport();
        await assert.rejects((await carrier.send(get(origin))).bytes(7), {
          code: "BODY_TOO_LONG",
          stage: "body",
        });
        assert.equal((await (await carrier.send(get(origin))).bytes(8)).length, 8);
      }
    });

    test("to read a body twice", async () => {
      const origin = await answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
      const reply = await transport().send(get(origin));
      await reply.bytes();
      assert.throws(() => reply.stream(), /only once/);
    });

    test("requests once it is closed", async () => {
      const carrier = transport();
      await carrier.close();
      await assert.rejects(carrier.send(get("http://127.0.0.1:1")), {
        code: "CLOSED",
        stage: "unsent",
      });
    });
  });
}
