import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import type { LookupAddress } from "node:dns";
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { describe, test } from "node:test";
import { setImmediate as immediate } from "node:timers/promises";
import { createServer as createTlsServer, type TLSSocket } from "node:tls";
import { Worker } from "node:worker_threads";

import {
  get,
  onRequests,
  pause,
  put,
  reset,
  rigOf,
  until,
} from "../../test/conformance/transport/rig.ts";
import { certificate, privateKey } from "../../test/support/certificate.ts";
import type { Transport } from "../s3/transport.ts";
import type { Lookup } from "./addresses.ts";
import { wireTransport } from "./wire.ts";

const ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

// What every transport must do is in test/conformance/transport.
describe("wireTransport", () => {
  const { transport, serve } = rigOf(wireTransport);

  async function ask(
    carrier: Transport,
    origin: string,
    change: Partial<Parameters<Transport["send"]>[0]> = {},
  ): Promise<string> {
    const reply = await carrier.send({ ...get(origin), ...change });
    return (await reply.bytes()).toString();
  }

  describe("when the server has closed a connection that was kept", () => {
    /** Answers the first request of a connection and, at the next one, closes it without a word; the third connection is as good. */
    async function closing(close: (socket: Socket) => void): Promise<{
      origin: string;
      requests: string[];
    }> {
      const requests: string[] = [];
      const origin = await serve((socket) => {
        let served = 0;
        onRequests(socket, (request) => {
          requests.push(request.split(" ", 2).join(" "));
          if (served++ === 0) socket.write(ok);
          else close(socket);
        });
      });
      return { origin, requests };
    }

    for (const { name, close } of [
      { name: "in good order", close: (socket: Socket) => socket.end() },
      { name: "by a reset", close: reset },
    ]) {
      for (const method of ["GET", "HEAD", "DELETE"]) {
        test(`${name}, a ${method} is sent once more, on a new one`, async () => {
          const { origin, requests } = await closing(close);
          const carrier = transport();
          await ask(carrier, origin, { path: "/1" });
          assert.equal((await carrier.send({ ...get(origin), method, path: "/2" })).status, 200);
          assert.deepEqual(requests, ["GET /1", `${method} /2`, `${method} /2`]);
        });
      }

      test(`${name}, a PUT of bytes is sent once more, whole`, async () => {
        const { origin, requests } = await closing(close);
        const carrier = transport();
        await ask(carrier, origin);
        const reply = await carrier.send(put(origin, Buffer.from("hello")));
        assert.equal(reply.status, 200);
        assert.equal(requests.filter((request) => request.startsWith("PUT")).length, 2);
      });

      test(`${name}, a POST is not: it may have been done`, async () => {
        const { origin, requests } = await closing(close);
        const carrier = transport();
        await ask(carrier, origin);
        await assert.rejects(ask(carrier, origin, { method: "POST", path: "/2" }), {
          code: "ECONNRESET",
          stage: "sent",
        });
        assert.deepEqual(requests, ["GET /", "POST /2"]);
      });

      test(`${name}, a body that streams is not: it can be read only once`, async () => {
        const { origin } = await closing(close);
        const carrier = transport();
        await ask(carrier, origin);
        async function* body(): AsyncGenerator<Uint8Array> {
          yield Buffer.from("hello");
        }
        await assert.rejects(carrier.send(put(origin, body(), 5)), {
          code: "ECONNRESET",
          stage: "sent",
        });
      });
    }

    test("a request is sent once more, and not again and again", async () => {
      let requests = 0;
      const origin = await serve((socket, connection) => {
        onRequests(socket, () => {
          requests++;
          if (connection === 0 && requests === 1) socket.write(ok);
          else socket.end();
        });
      });
      const carrier = transport();
      await ask(carrier, origin);
      await assert.rejects(ask(carrier, origin), { code: "ECONNRESET", stage: "sent" });
      assert.equal(requests, 3);
    });

    test("nothing is sent once more when a part of the reply came", async () => {
      let requests = 0;
      const origin = await serve((socket) => {
        onRequests(socket, () => {
          if (requests++ === 0) socket.write(ok);
          else socket.end("HTTP/1.1 102 Processing\r\n\r\n");
        });
      });
      const carrier = transport();
      await ask(carrier, origin);
      await assert.rejects(ask(carrier, origin), { code: "ECONNRESET", stage: "sent" });
      assert.equal(requests, 2);
    });

    test("and said so while it was idle, it is not used", async () => {
      const sockets: Socket[] = [];
      const closed: Promise<unknown>[] = [];
      const origin = await serve((socket) => {
        sockets.push(socket);
        closed.push(once(socket, "close"));
        onRequests(socket, () => socket.write(ok));
      });
      const carrier = transport();
      for (let i = 0; i < 3; i++) {
        assert.equal(await ask(carrier, origin, { method: "POST" }), "ok");
        sockets[i]!.end();
        await closed[i];
        await pause(5);
      }
      assert.equal(sockets.length, 3);
    });
  });

  describe("keeps a connection", () => {
    test("no longer than the server says that it will", async () => {
      let connections = 0;
      const origin = await serve((socket) => {
        connections++;
        onRequests(socket, () => {
          socket.write(ok.replace("Content-Length", "Keep-Alive: timeout=1\r\nContent-Length"));
        });
      });
      const carrier = transport();
      await ask(carrier, origin);
      await ask(carrier, origin);
      assert.equal(connections, 2);
    });

    test("that nobody needs for some seconds, and no process alive", async () => {
      const ended: Promise<unknown>[] = [];
      const origin = await serve((socket) => {
        ended.push(once(socket, "close"));
        onRequests(socket, () => socket.write(ok));
      });
      const carrier = transport();
      await ask(carrier, origin);
      await Promise.all(ended);
    });

    test("on which the server speaks unasked no longer", async () => {
      const sockets: Socket[] = [];
      const origin = await serve((socket) => {
        sockets.push(socket);
        onRequests(socket, () => socket.write(ok));
      });
      const carrier = transport();
      await ask(carrier, origin);
      const closed = once(sockets[0]!, "close");
      sockets[0]!.write("HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n");
      await closed;
      assert.equal(await ask(carrier, origin), "ok");
    });
  });

  test("keeps a TLS connection whose reply comes before the socket says that all is written", async () => {
    const told = new Int32Array(new SharedArrayBuffer(8));
    // In a thread, so that it answers while this one stands still.
    const server = new Worker(
      `const { createServer } = require("node:tls");
      const { parentPort, workerData: { told, options, reply } } = require("node:worker_threads");
      const server = createServer(options, (socket) => {
        Atomics.add(told, 0, 1);
        socket.on("error", () => {}).on("data", () => {
          socket.write(reply, () => {
            Atomics.add(told, 1, 1);
            Atomics.notify(told, 1);
          });
        });
      });
      server.listen(0, "127.0.0.1", () => parentPort.postMessage(server.address().port));`,
      {
        eval: true,
        workerData: { told, options: { cert: certificate, key: privateKey }, reply: ok },
      },
    );
    try {
      const [port] = (await once(server, "message")) as [number];
      const carrier = transport({ connections: 1, ca: certificate });
      const origin = `https://127.0.0.1:${port}`;
      assert.equal(await ask(carrier, origin), "ok");
      for (let answered = 1; answered < 5; answered++) {
        // What is sent here is said to be written only after the next look at the sockets.
        await immediate();
        const asked = ask(carrier, origin);
        // On a new connection it would not be sent while this thread stands still.
        Atomics.wait(told, 1, answered, 1000);
        assert.equal(await asked, "ok");
      }
      assert.equal(told[0], 1);
    } finally {
      await server.terminate();
    }
  });

  test("reads over an interim 100 that nobody asked for", async () => {
    const origin = await serve((socket) => {
      onRequests(socket, () => socket.write(`HTTP/1.1 100 Continue\r\n\r\n${ok}`));
    });
    assert.equal(await ask(transport(), origin), "ok");
  });

  test("takes no HTTP/2.0, and no other protocol", async () => {
    for (const head of ["HTTP/2.0 200 OK", "HTTP/1.1 101 Switching Protocols"]) {
      const origin = await serve((socket) => {
        onRequests(socket, () => socket.write(`${head}\r\nContent-Length: 0\r\n\r\n`));
      });
      await assert.rejects(ask(transport(), origin), { code: "BAD_REPLY", stage: "sent" });
    }
  });

  test("refuses headers that decide where a message ends", async () => {
    const origin = await serve(() => {});
    for (const headers of [
      { "transfer-encoding": "chunked" },
      { connection: "close" },
      { "content-length": "5" },
      { "bad name": "a" },
      { "x-amz-meta-\u00e9": "a" },
      { "": "a" },
    ]) {
      await assert.rejects(transport().send({ ...get(origin), headers }), {
        code: "INVALID_REQUEST",
        stage: "unsent",
      });
    }
    await assert.rejects(transport().send(put(origin, Buffer.from("hello"), 4)), {
      code: "INVALID_REQUEST",
    });
  });

  describe("takes bodies from one server to another", () => {
    for (const isSecure of [false, true]) {
      test(`as they are, many at a time, ${isSecure ? "over TLS" : "plain"}`, async () => {
        const bodies = Array.from({ length: 6 }, (_, i) => randomBytes(300_000 + i * 1_234_567));
        const received: string[] = [];
        const make = (): Server =>
          isSecure ? createTlsServer({ cert: certificate, key: privateKey }) : createServer();
        const source = await serve((socket) => {
          onRequests(socket, (request) => {
            const body = bodies[Number(/^GET \/(\d+)/.exec(request)![1])]!;
            socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n`);
            socket.write(body);
          });
        }, make());
        const target = await serve((socket) => {
          hashRequests(socket, (hash) => {
            received.push(hash);
            socket.write(ok);
          });
        }, make());
        const carrier = transport({ connections: 8, ca: certificate });
        for (let round = 0; round < 3; round++) {
          received.length = 0;
          await Promise.all(
            bodies.map(async (body, i) => {
              const reply = await carrier.send({ ...get(source), path: `/${i}` });
              const written = await carrier.send(put(target, reply.stream(), body.length));
              assert.equal((await written.bytes()).toString(), "ok");
            }),
          );
          assert.deepEqual(received.sort(), bodies.map(md5).sort());
        }
      });
    }
  });

  describe("spreads over the addresses of a host", () => {
    const addresses = ["127.0.0.1", "127.0.0.2", "127.0.0.3"];
    const known: Lookup = (_host, callback) => {
      process.nextTick(
        callback,
        null,
        addresses.map((address): LookupAddress => ({ address, family: 4 })),
      );
    };

    /** A server on all of these addresses, or on some. */
    async function everywhere(
      onConnection: (socket: Socket) => void,
      host = "0.0.0.0",
    ): Promise<{ origin: string; close: () => void }> {
      const sockets = new Set<Socket>();
      const server = createServer((socket) => {
        sockets.add(socket);
        socket.on("error", () => {});
        onConnection(socket);
      });
      server.listen(0, host);
      await once(server, "listening");
      const { port } = server.address() as { port: number };
      return {
        origin: `http://s3.example:${port}`,
        close: () => {
          for (const socket of sockets) socket.destroy();
          server.close();
        },
      };
    }

    const options = { connections: 6, connectTimeoutMs: 5000, lookup: known };

    test("evenly", async () => {
      const used = new Map<string, number>();
      const held: Socket[] = [];
      const { origin, close } = await everywhere((socket) => {
        const at = socket.localAddress!;
        used.set(at, (used.get(at) ?? 0) + 1);
        onRequests(socket, () => held.push(socket));
      });
      const carrier = wireTransport(options);
      const asked: Promise<string>[] = [];
      for (let i = 1; i <= 6; i++) {
        asked.push(ask(carrier, origin));
        await until(() => held.length === i);
      }
      for (const socket of held) socket.write(ok);
      await Promise.all(asked);
      assert.deepEqual(Object.fromEntries(used), {
        "127.0.0.1": 2,
        "127.0.0.2": 2,
        "127.0.0.3": 2,
      });
      await carrier.close();
      close();
    });

    for (const { name, fail } of [
      {
        name: "an answer 503",
        fail: (socket: Socket) => socket.write("HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n"),
      },
      { name: "a reset", fail: reset },
    ]) {
      test(`and a fresh try after ${name} goes to another one`, async () => {
        const used: string[] = [];
        const { origin, close } = await everywhere((socket) => {
          onRequests(socket, () => {
            used.push(socket.localAddress!);
            if (used.length < 3) fail(socket);
            else socket.write(ok);
          });
        });
        const carrier = wireTransport(options);
        for (let i = 0; i < 3; i++) {
          await ask(carrier, origin, { fresh: i > 0 }).catch(() => {});
        }
        assert.deepEqual(used.toSorted(), addresses);
        await carrier.close();
        close();
      });
    }

    test("and passes by those that nobody listens on", async () => {
      const { origin, close } = await everywhere((socket) => {
        onRequests(socket, () => socket.write(ok));
      }, "127.0.0.2");
      const carrier = wireTransport(options);
      for (let i = 0; i < 5; i++) assert.equal(await ask(carrier, origin, { fresh: true }), "ok");
      await carrier.close();
      close();
    });
  });

  test("reaches an IPv6 address", async (t) => {
    const server = createServer((socket) => {
      onRequests(socket, (request) => {
        socket.end(/^host: \[::1\]:\d+\r$/m.test(request) ? ok : "");
      });
    });
    server.listen(0, "::1");
    try {
      await once(server, "listening");
    } catch {
      t.skip("this machine has no IPv6");
      return;
    }
    const { port } = server.address() as { port: number };
    assert.equal(await ask(transport(), `http://[::1]:${port}`), "ok");
    server.close();
  });

  test("goes on with the TLS session of the connection before", async () => {
    const reused: boolean[] = [];
    const server = createTlsServer({ cert: certificate, key: privateKey });
    const origin = await serve((socket) => {
      reused.push((socket as TLSSocket).isSessionReused());
      onRequests(socket, () => socket.write(ok));
    }, server);
    const carrier = transport({ ca: certificate });
    for (let i = 0; i < 3; i++) await ask(carrier, origin, { fresh: i > 0 });
    assert.deepEqual(reused, [false, true, true]);
  });
});

/** Calls with the MD5 of each request's body. */
function hashRequests(socket: Socket, act: (md5: string) => void): void {
  let hash = createHash("md5");
  let left = -1;
  let head = Buffer.alloc(0);
  socket.on("data", (data: Buffer) => {
    let bytes = data;
    if (left < 0) {
      head = Buffer.concat([head, bytes]);
      const end = head.indexOf("\r\n\r\n");
      if (end < 0) return;
      left = Number(/^content-length: (\d+)\r$/m.exec(head.toString("latin1", 0, end + 2))![1]);
      bytes = head.subarray(end + 4);
      head = Buffer.alloc(0);
    }
    hash.update(bytes);
    left -= bytes.length;
    if (left > 0) return;
    assert.equal(left, 0);
    left = -1;
    const digest = hash.digest("hex");
    hash = createHash("md5");
    act(digest);
  });
}

function md5(bytes: Buffer): string {
  return createHash("md5").update(bytes).digest("hex");
}
