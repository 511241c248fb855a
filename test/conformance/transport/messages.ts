import assert from "node:assert/strict";
import { test } from "node:test";

import { get, onRequests, type Rig, textOf, writeInPieces } from "./rig.ts";

/** Requests and replies, as they stand on the wire. */
export function messages({ transport, serve, answering }: Rig): void {
  test("reads a reply: its status, its headers, its body", async () => {
    const origin = await answering(
      'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nETag: "a"\r\nX-Amz-Meta-A: caf\u00c3\u00a9\r\nVary: a\r\nVary: b\r\n\r\nhello',
    );
    const reply = await transport().send(get(origin));
    assert.equal(reply.status, 200);
    assert.equal(reply.headers["etag"], '"a"');
    assert.equal(reply.headers["vary"], "a, b");
    assert.equal((await reply.bytes()).toString(), "hello");
  });

  test("gives header values as Latin-1, one character a byte", async () => {
    const origin = await answering(
      Buffer.from("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX-Amz-Meta-A: café\r\n\r\n", "utf8"),
    );
    const reply = await transport().send(get(origin));
    assert.equal(Buffer.from(reply.headers["x-amz-meta-a"]!, "latin1").toString("utf8"), "café");
    reply.discard();
  });

  test("sends a request as it is given, and headers as Latin-1", async () => {
    const server = answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    const value = Buffer.from("é").toString("latin1");
    const origin = await server;
    const path = "/b//../a/./%2F?x=%20&y=";
    (
      await transport().send({ ...get(origin), path, headers: { "x-amz-meta-a": value } })
    ).discard();
    const [request = ""] = server.requests;
    assert.ok(request.startsWith(`GET ${path} HTTP/1.1\r\n`), request);
    assert.ok(Buffer.from(request, "latin1").includes("x-amz-meta-a: é\r\n"), request);
  });

  const bodies = [
    {
      name: "with its length",
      text: "Content-Length: 11\r\n\r\nhello world",
      body: "hello world",
    },
    {
      name: "in chunks",
      text: "Transfer-Encoding: chunked\r\n\r\n6\r\nhello \r\n5\r\nworld\r\n0\r\n\r\n",
      body: "hello world",
    },
    { name: "that is empty", text: "Content-Length: 0\r\n\r\n", body: "" },
    {
      name: "up to the end of the connection",
      text: "Connection: close\r\n\r\nhello",
      body: "hello",
      end: true,
    },
  ];
  for (const { name, text, body, end } of bodies) {
    for (const pieces of [1, 7]) {
      test(`reads a body ${name}, arriving in pieces (${pieces})`, async () => {
        const origin = await serve((socket) => {
          onRequests(socket, async () => {
            await writeInPieces(socket, `HTTP/1.1 200 OK\r\n${text}`, pieces);
            if (end) socket.end();
          });
        });
        const carrier = transport();
        assert.equal((await (await carrier.send(get(origin))).bytes()).toString(), body);
        assert.equal(await textOf((await carrier.send(get(origin))).stream()), body);
      });
    }
  }
}
