import assert from "node:assert/strict";
import { once } from "node:events";
import { type Socket } from "node:net";
import { test } from "node:test";

import { get, onRequests, type Rig } from "./rig.ts";

/** Which connection a request goes over. */
export function connections({ transport, serve }: Rig): void {
  test("takes the next request to the same connection, also after a HEAD and a discarded body", async () => {
    let connections = 0;
    const origin = await serve((socket) => {
      connections++;
      onRequests(socket, (request) => {
        socket.write(
          `HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n${request.startsWith("HEAD") ? "" : "hello"}`,
        );
      });
    });
    const carrier = transport({ connections: 1 });
    const head = await carrier.send({ ...get(origin), method: "HEAD" });
    assert.equal(head.headers["content-length"], "5");
    assert.equal((await head.bytes()).length, 0);
    (await carrier.send(get(origin))).discard();
    assert.equal((await (await carrier.send(get(origin))).bytes()).toString(), "hello");
    assert.equal(connections, 1);
  });

  test("takes new connections when the old ones are of age, and lets these finish", async () => {
    const used: number[] = [];
    const held: Socket[] = [];
    const ended: Promise<unknown>[] = [];
    const origin = await serve((socket, connection) => {
      ended.push(once(socket, "close"));
      onRequests(socket, () => {
        used.push(connection);
        socket.write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe");
        held.push(socket);
      });
    });
    const carrier = transport({ connections: 1, connectionAgeMs: 0 });
    const first = await carrier.send(get(origin));
    const second = await carrier.send(get(origin));
    assert.deepEqual(used, [0, 1]);
    for (const socket of held) socket.write("llo");
    assert.equal((await first.bytes()).toString(), "hello");
    assert.equal((await second.bytes()).toString(), "hello");
    // The first is of age and idle; the second only when it is followed by another or the transport is closed.
    await ended[0];
  });

  test("gives a fresh try a connection of its own", async () => {
    const used: number[] = [];
    const origin = await serve((socket, connection) => {
      onRequests(socket, () => {
        used.push(connection);
        socket.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
      });
    });
    const carrier = transport({ connections: 1 });
    for (const fresh of [false, false, true, false, true]) {
      await (await carrier.send({ ...get(origin), fresh })).bytes();
    }
    assert.deepEqual(used, [0, 0, 1, 0, 2]);
  });
}
