import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { drained, get, onRequests, pause, type Rig, until } from "./rig.ts";

/** Bodies of replies that are read as they come. */
export function streamedReplies({ transport, serve }: Rig): void {
  describe("streams a body", () => {
    const size = 32 * 1024 * 1024;

    /** A server that sends as fast as it is read; `sent` says how much was handed to the system. */
    async function large(): Promise<{
      origin: string;
      sent: () => number;
      closed: () => boolean;
    }> {
      let sent = 0;
      let closed = false;
      const origin = await serve((socket) => {
        socket.on("close", () => {
          closed = true;
        });
        onRequests(socket, async () => {
          socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n`);
          for (sent = 0; sent < size && !socket.destroyed; sent += 65536) {
            if (!socket.write(Buffer.alloc(65536, sent / 65536))) {
              await drained(socket);
            }
          }
        });
      });
      return { origin, sent: () => sent, closed: () => closed };
    }

    test("no faster than it is taken, and whole", async () => {
      const { origin, sent } = await large();
      const reply = await transport().send(get(origin));
      const chunks = reply.stream()[Symbol.asyncIterator]();
      await chunks.next();
      let before = -1;
      while (sent() !== before) {
        before = sent();
        await pause(100);
      }
      assert.ok(sent() < size / 2, `${sent()} bytes were sent to nobody`);
      let at = 0;
      for await (const chunk of { [Symbol.asyncIterator]: () => chunks }) at += chunk.length;
      assert.ok(at > 0 && sent() === size);
    });

    test("longer than its silence may be, while nobody reads", async () => {
      const { origin } = await large();
      const reply = await transport().send({ ...get(origin), idleTimeoutMs: 200 });
      await pause(900);
      let at = 0;
      for await (const chunk of reply.stream()) {
        for (const place of [0, chunk.length - 1]) {
          assert.equal(chunk[place], Math.floor((at + place) / 65536) & 255, `at ${at + place}`);
        }
        at += chunk.length;
      }
      assert.equal(at, size);
    });

    test("and gives the connection up when its reader stops", async () => {
      const { origin, closed } = await large();
      const reply = await transport().send(get(origin));
      for await (const _ of reply.stream()) break;
      await until(closed);
    });

    test("and gives a discarded one up when it is large", async () => {
      const { origin, closed } = await large();
      (await transport().send(get(origin))).discard();
      await until(closed);
    });
  });
}
