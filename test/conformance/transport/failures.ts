import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { describe, test } from "node:test";

import { TransportError } from "../../../src/s3/transport.ts";
import { get, onRequests, reset, type Rig, textOf } from "./rig.ts";

/** How far a request came when its connection failed. */
export function failures({ transport, serve }: Rig): void {
  describe("tells how far a request came", () => {
    const cut = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello";
    const cases = [
      { name: "reset before a reply", stage: "sent", code: "ECONNRESET", act: reset },
      {
        name: "closed before a reply",
        stage: "sent",
        code: "ECONNRESET",
        act: (socket: Socket) => socket.end(),
      },
      {
        name: "garbage instead of a reply",
        stage: "sent",
        code: "BAD_REPLY",
        act: (socket: Socket) => socket.end("SSH-2.0-nonsense\r\n\r\n"),
      },
      {
        name: "a head cut short",
        stage: "sent",
        code: "ECONNRESET",
        act: (socket: Socket) => socket.end("HTTP/1.1 200 OK\r\nContent-Le"),
      },
      { name: "silence", stage: "sent", code: "ETIMEDOUT", act: () => {} },
      {
        name: "a body cut short",
        stage: "body",
        code: "ECONNRESET",
        act: (socket: Socket) => socket.end(cut),
      },
      {
        name: "a body cut short by a reset",
        stage: "body",
        code: "ECONNRESET",
        act: (socket: Socket) => socket.write(cut, () => reset(socket)),
      },
      {
        name: "a last body cut short",
        stage: "body",
        code: "BODY_CUT_SHORT",
        act: (socket: Socket) => socket.end(cut.replace("OK\r\n", "OK\r\nConnection: close\r\n")),
      },
      {
        name: "chunks without an end",
        stage: "body",
        code: "ECONNRESET",
        act: (socket: Socket) =>
          socket.end("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"),
      },
      {
        name: "chunks that are none",
        stage: "body",
        code: "BAD_REPLY",
        act: (socket: Socket) =>
          socket.end("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\nhello\r\n"),
      },
      {
        name: "a body that falls silent",
        stage: "body",
        code: "ETIMEDOUT",
        act: (socket: Socket) => socket.write(cut),
      },
    ];
    for (const { name, stage, code, act } of cases) {
      for (const way of ["bytes", "stream"] as const) {
        test(`${name}, read by ${way}`, async () => {
          const origin = await serve((socket) => onRequests(socket, () => act(socket)));
          const sending = transport()
            .send({ ...get(origin), headTimeoutMs: 300, idleTimeoutMs: 300 })
            .then(async (reply) => {
              if (way === "bytes") await reply.bytes();
              else await textOf(reply.stream());
            });
          await assert.rejects(sending, (error) => {
            assert.ok(error instanceof TransportError, String(error));
            assert.equal(`${error.stage} ${error.code}`, `${stage} ${code}`);
            return true;
          });
        });
      }
    }

    test("nobody listens: nothing was sent", async () => {
      const server = createServer().listen(0, "127.0.0.1");
      await once(server, "listening");
      const { port } = server.address() as { port: number };
      server.close();
      await once(server, "close");
      await assert.rejects(transport().send(get(`http://127.0.0.1:${port}`)), {
        name: "TransportError",
        stage: "unsent",
        code: "ECONNREFUSED",
      });
    });

    test("a connection that does not come about: nothing was sent", async () => {
      // A server that takes connections and never shakes hands.
      const origin = await serve(() => {});
      await assert.rejects(
        transport({ connectTimeoutMs: 200 }).send(get(origin.replace("http:", "https:"))),
        { name: "TransportError", stage: "unsent", code: "ETIMEDOUT" },
      );
    });
  });
}
