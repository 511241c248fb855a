import assert from "node:assert/strict";
import { type Socket } from "node:net";
import { describe, test } from "node:test";

import { chunksOf, pause, put, type Rig, until } from "./rig.ts";

/** Bodies of requests. */
export function sentBodies({ transport, serve, answering }: Rig): void {
  describe("sends a body", () => {
    test("of bytes, whole", async () => {
      const server = answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
      (await transport().send(put(await server, Buffer.from("hello")))).discard();
      assert.ok(server.requests[0]!.endsWith("\r\n\r\nhello"));
      assert.match(server.requests[0]!, /^content-length: 5\r$/m);
    });

    test("that streams, with its length", async () => {
      const server = answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
      (await transport().send(put(await server, chunksOf("hel", "lo"), 5))).discard();
      assert.ok(server.requests[0]!.endsWith("\r\n\r\nhello"));
    });

    test("that streams and is empty", async () => {
      const server = answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
      (await transport().send(put(await server, chunksOf(), 0))).discard();
      assert.match(server.requests[0]!, /^content-length: 0\r$/m);
    });

    for (const { name, chunks, length } of [
      { name: "longer", chunks: ["hello", "!"], length: 5 },
      { name: "shorter", chunks: ["hell"], length: 5 },
      { name: "empty though it is not", chunks: [], length: 5 },
    ]) {
      test(`never as a whole when it is ${name} than announced`, async () => {
        const server = answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        const origin = await server;
        await assert.rejects(transport().send(put(origin, chunksOf(...chunks), length)), {
          code: "BODY_LENGTH",
        });
        assert.deepEqual(server.requests, []);
      });
    }

    test("and passes on the error of its source", async () => {
      const origin = await answering("");
      const failure = new Error("the source has failed");
      async function* failing(): AsyncGenerator<Uint8Array> {
        yield Buffer.from("he");
        throw failure;
      }
      await assert.rejects(
        transport().send(put(origin, failing(), 5)),
        (error) => error === failure,
      );
    });

    test("no faster than the server takes it", async () => {
      let given = 0;
      const chunk = Buffer.alloc(64 * 1024);
      const chunks = 1024;
      async function* body(): AsyncGenerator<Uint8Array> {
        for (; given < chunks; given++) yield chunk;
      }
      let socket: Socket | undefined;
      const origin = await serve((connection) => {
        socket = connection;
        connection.pause();
      });
      const sending = transport().send(put(origin, body(), chunk.length * chunks));
      // Until nothing moves any more: then the buffers of both ends are full.
      let before = -1;
      while (given === 0 || given !== before) {
        before = given;
        await pause(100);
      }
      assert.ok(given < chunks / 2, `${given} chunks were asked for`);
      let received = 0;
      socket!.resume().on("data", (data) => {
        received += data.length;
        if (received >= chunk.length * chunks)
          socket!.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
      });
      (await sending).discard();
      assert.equal(given, chunks);
    });

    test("and stops, letting go of its source, when the reply comes early", async () => {
      let ended = false;
      async function* endless(): AsyncGenerator<Uint8Array> {
        try {
          for (;;) {
            yield Buffer.alloc(1024);
            await pause(1);
          }
        } finally {
          ended = true;
        }
      }
      const origin = await serve((socket) => {
        socket.once("data", () => {
          socket.write("HTTP/1.1 403 Forbidden\r\nContent-Length: 6\r\n\r\ndenied");
        });
      });
      const carrier = transport();
      const reply = await carrier.send(put(origin, endless(), 1024 ** 3));
      assert.equal(reply.status, 403);
      assert.equal((await reply.bytes()).toString(), "denied");
      await until(() => ended);
    });

    test("and lets go of a source it never asked", async () => {
      let ended = false;
      const source: AsyncIterableIterator<Uint8Array> = {
        [Symbol.asyncIterator]: () => source,
        next: () => Promise.resolve({ value: Buffer.from("hello"), done: false }),
        return() {
          ended = true;
          return Promise.resolve({ value: undefined, done: true });
        },
      };
      await assert.rejects(transport().send(put("http://127.0.0.1:1", source, 5)), {
        stage: "unsent",
      });
      assert.ok(ended);
    });
  });
}
