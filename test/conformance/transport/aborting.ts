import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { describe, test } from "node:test";

import { get, onRequests, pause, type Rig, textOf, until } from "./rig.ts";

/** Requests that a signal ends. */
export function aborting({ transport, serve, answering }: Rig): void {
  describe("ends with the signal's reason", () => {
    const reason = new Error("enough");

    test("before it begins", async () => {
      const signal = AbortSignal.abort(reason);
      await assert.rejects(
        transport().send({ ...get("http://127.0.0.1:1"), signal }),
        (e) => e === reason,
      );
    });

    test("while it waits for a connection, and is not sent later", async () => {
      const server = answering("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe", "llo");
      const origin = await server;
      const carrier = transport({ connections: 1 });
      const first = await carrier.send(get(origin));
      const controller = new AbortController();
      const second = carrier.send({ ...get(origin), path: "/second", signal: controller.signal });
      controller.abort(reason);
      await assert.rejects(second, (error) => error === reason);
      // The connection is free now, or rather a next one.
      for await (const _ of first.stream()) break;
      await pause(50);
      assert.equal(server.requests.filter((request) => request.includes("/second")).length, 0);
    });

    test("while it waits for a reply, and closes the connection", async () => {
      const controller = new AbortController();
      let closed = false;
      const origin = await serve((socket) => {
        socket.on("close", () => {
          closed = true;
        });
        onRequests(socket, () => controller.abort(reason));
      });
      const { signal } = controller;
      await assert.rejects(
        transport().send({ ...get(origin), signal }),
        (error) => error === reason,
      );
      await until(() => closed);
    });

    for (const way of ["bytes", "stream"] as const) {
      test(`while its body is read by ${way}`, async () => {
        const controller = new AbortController();
        const origin = await answering("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello");
        const reply = await transport().send({ ...get(origin), signal: controller.signal });
        const reading = way === "bytes" ? reply.bytes() : textOf(reply.stream());
        setImmediate(() => controller.abort(reason));
        await assert.rejects(reading, (error) => error === reason);
      });
    }

    test("and thousands of requests share it, without a warning and without a trace", async () => {
      const warnings: Error[] = [];
      const onWarning = (warning: Error): unknown => warnings.push(warning);
      process.on("warning", onWarning);
      const controller = new AbortController();
      const origin = await answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
      const carrier = transport({ connections: 16 });
      for (let round = 0; round < 20; round++) {
        await Promise.all(
          Array.from({ length: 100 }, async () => {
            const reply = await carrier.send({ ...get(origin), signal: controller.signal });
            assert.equal((await reply.bytes()).toString(), "ok");
          }),
        );
      }
      process.off("warning", onWarning);
      assert.equal(getEventListeners(controller.signal, "abort").length, 0);
      assert.deepEqual(warnings, []);
    });
  });
}
