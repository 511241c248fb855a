import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { after, afterEach } from "node:test";
import assert from "node:assert/strict";

import type { HttpReply, HttpRequest, Transport } from "../../../src/s3/transport.ts";

/** What all transports are made with. */
export interface TransportOptions {
  readonly connections: number;
  readonly connectTimeoutMs: number;
  readonly ca?: string;
  readonly connectionAgeMs?: number;
}

/** Makes the transport that is tested. */
export type MakeTransport = (options: TransportOptions) => Transport;

/** What the tests of a transport need: it, and servers to talk to; all are closed after each test. */
export interface Rig {
  readonly transport: (options?: Partial<TransportOptions>) => Transport;
  /** Listens with a handler that gets each connection with its number, and gives the origin. */
  readonly serve: (
    onConnection: (socket: Socket, connection: number) => void,
    server?: Server,
  ) => Promise<string>;
  /** A server that answers each request, however its head and body arrive, with the next of these texts, the last for good. */
  readonly answering: (
    ...replies: (string | Buffer)[]
  ) => Promise<string> & { readonly requests: string[] };
}

/** Makes the rig of the tests in the describe that it is called in. */
export function rigOf(make: MakeTransport): Rig {
  const cleanups: (() => Promise<void> | void)[] = [];
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
  });
  after(() => {
    assert.equal(cleanups.length, 0);
  });

  function transport(options: Partial<TransportOptions> = {}): Transport {
    const made = make({ connections: 4, connectTimeoutMs: 5000, ...options });
    cleanups.push(() => made.close());
    return made;
  }

  async function serve(
    onConnection: (socket: Socket, connection: number) => void,
    server: Server = createServer(),
  ): Promise<string> {
    const sockets = new Set<Socket>();
    let connections = 0;
    const isSecure = "setSecureContext" in server;
    server.on(isSecure ? "secureConnection" : "connection", (socket: Socket) => {
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
    return `${isSecure ? "https" : "http"}://127.0.0.1:${port}`;
  }

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

  return { transport, serve, answering };
}

/** A GET, with time enough. */
export function get(origin: string): HttpRequest {
  return {
    method: "GET",
    origin,
    path: "/",
    headers: { host: origin.slice(origin.indexOf("//") + 2) },
    headTimeoutMs: 20_000,
    idleTimeoutMs: 20_000,
  };
}

/** A PUT with a body; one that streams needs its length. */
export function put(
  origin: string,
  body: NonNullable<HttpRequest["body"]>,
  length?: number,
): HttpRequest {
  const bytes = length ?? (body as Uint8Array).length;
  const { headers, ...rest } = get(origin);
  return { ...rest, method: "PUT", body, headers: { ...headers, "content-length": String(bytes) } };
}

/** A body that streams. */
export async function* chunksOf(...chunks: string[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield Buffer.from(chunk);
}

/** All of a streamed body, as Latin-1. */
export async function textOf(chunks: ReturnType<HttpReply["stream"]>): Promise<string> {
  let text = "";
  for await (const chunk of chunks) text += Buffer.from(chunk).toString("latin1");
  return text;
}

/** Calls for each whole request that a connection brings: its head and its body, as Latin-1. */
export function onRequests(socket: Socket, act: (request: string) => unknown): void {
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

/** Writes a text in so many pieces, which arrive one by one. */
export async function writeInPieces(socket: Socket, text: string, pieces: number): Promise<void> {
  const size = Math.ceil(text.length / pieces);
  for (let at = 0; at < text.length; at += size) {
    socket.write(text.slice(at, at + size));
    if (pieces > 1) await pause(2);
  }
}

/** Resolves when a socket takes more, or is closed. */
export function drained(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    function done(): void {
      socket.off("drain", done).off("close", done);
      resolve();
    }
    socket.on("drain", done).on("close", done);
  });
}

/** Closes a connection as a crash does. */
export function reset(socket: Socket): void {
  socket.resetAndDestroy();
}

/** Waits. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

/** Waits for something to come true. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await pause(5);
}
