import assert from "node:assert/strict";
import { getEventListeners, once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { after, afterEach, describe, test } from "node:test";
import { createServer as createTlsServer } from "node:tls";

import {
  type HttpReply,
  type HttpRequest,
  type Transport,
  TransportError,
} from "../../src/s3/transport.ts";
import { certificate, privateKey } from "../support/certificate.ts";

/** What all transports are made with. */
export interface TransportOptions {
  readonly connections: number;
  readonly connectTimeoutMs: number;
  readonly ca?: string;
  readonly connectionAgeMs?: number;
}

/** What a transport must do, whatever carries its requests. */
export function transportSuite(name: string, make: (options: TransportOptions) => Transport): void {
  describe(name, () => {
    const cleanups: (() => Promise<void> | void)[] = [];
    afterEach(async () => {
      for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
    });

    function transport(options: Partial<TransportOptions> = {}): Transport {
      const made = make({ connections: 4, connectTimeoutMs: 5000, ...options });
      cleanups.push(() => made.close());
      return made;
    }

    /** Listens with a handler that gets each connection, and each request's text as it arrives. */
    async function serve(
      onConnection: (socket: Socket, connection: number) => void,
      server: Server = createServer(),
    ): Promise<string> {
      const sockets = new Set<Socket>();
      let connections = 0;
      const secure = "setSecureContext" in server;
      server.on(secure ? "secureConnection" : "connection", (socket: Socket) => {
        sockets.add(socket);
        // A client that goes away resets the connection; that is the client's matter here.
        socket.on("error", () => {});
        onConnection(socket, connections++);
      });
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
      cleanups.push(() => {
        for (const socket of sockets) socket.destroy();
        server.close();
      });
      const { port } = server.address() as { port: number };
      return `${secure ? "https" : "http"}://127.0.0.1:${port}`;
    }

    /** A server that answers each request, however its head and body arrive, with the next of these texts. */
    function answering(...replies: (string | Buffer)[]): Promise<string> & { requests: string[] } {
      const requests: string[] = [];
      const origin = serve((socket) => {
        onRequests(socket, (request) => {
          requests.push(request);
          socket.write(replies[Math.min(requests.length, replies.length) - 1]!);
        });
      });
      return Object.assign(origin, { requests });
    }

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

    describe("trusts certificates", () => {
      async function secure(): Promise<string> {
        const server = createTlsServer({ cert: certificate, key: privateKey });
        return serve((socket) => {
          onRequests(socket, () => socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));
        }, server);
      }

      test("that are in the bundle given", async () => {
        const reply = await transport({ ca: certificate }).send(get(await secure()));
        assert.equal((await reply.bytes()).toString(), "ok");
      });

      test("and no others: nothing is sent", async () => {
        await assert.rejects(transport().send(get(await secure())), {
          name: "TransportError",
          stage: "unsent",
          code: "DEPTH_ZERO_SELF_SIGNED_CERT",
        });
      });

      test("and not for another host", async () => {
        const origin = (await secure()).replace("127.0.0.1", "localhost");
        await assert.rejects(transport({ ca: certificate }).send(get(origin)), {
          name: "TransportError",
          stage: "unsent",
          code: "ERR_TLS_CERT_ALTNAME_INVALID",
        });
      });
    });

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

    after(() => {
      assert.equal(cleanups.length, 0);
    });
  });
}

function get(origin: string): HttpRequest {
  return {
    method: "GET",
    origin,
    path: "/",
    headers: { host: origin.slice(origin.indexOf("//") + 2) },
    headTimeoutMs: 20_000,
    idleTimeoutMs: 20_000,
  };
}

function put(origin: string, body: NonNullable<HttpRequest["body"]>, length?: number): HttpRequest {
  const bytes = length ?? (body as Uint8Array).length;
  const { headers, ...rest } = get(origin);
  return { ...rest, method: "PUT", body, headers: { ...headers, "content-length": String(bytes) } };
}

async function* chunksOf(...chunks: string[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield Buffer.from(chunk);
}

async function textOf(chunks: ReturnType<HttpReply["stream"]>): Promise<string> {
  let text = "";
  for await (const chunk of chunks) text += Buffer.from(chunk).toString("latin1");
  return text;
}

/** Calls for each whole request that a connection brings: its head and its body, as Latin-1. */
function onRequests(socket: Socket, act: (request: string) => unknown): void {
  let text = "";
  socket.on("data", (data) => {
    text += data.toString("latin1");
    for (;;) {
      const head = text.indexOf("\r\n\r\n") + 4;
      if (head < 4) return;
      const length = Number(/^content-length: (\d+)\r$/im.exec(text.slice(0, head))?.[1] ?? 0);
      if (text.length < head + length) return;
      const request = text.slice(0, head + length);
      text = text.slice(head + length);
      void act(request);
    }
  });
}

async function writeInPieces(socket: Socket, text: string, pieces: number): Promise<void> {
  const size = Math.ceil(text.length / pieces);
  for (let at = 0; at < text.length; at += size) {
    socket.write(text.slice(at, at + size));
    if (pieces > 1) await pause(2);
  }
}

/** Resolves when a socket takes more, or is closed. */
function drained(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    function done(): void {
      socket.off("drain", done).off("close", done);
      resolve();
    }
    socket.on("drain", done).on("close", done);
  });
}

function reset(socket: Socket): void {
  socket.resetAndDestroy();
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await pause(5);
}
