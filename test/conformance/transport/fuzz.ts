import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { TransportError } from "../../../src/s3/transport.ts";
import { get, onRequests, pause, type Rig, textOf } from "./rig.ts";

/** Rounds of each kind; CAMPANILE_FUZZ_ROUNDS asks for more, CAMPANILE_FUZZ_SEED for others. */
const rounds = Number(process.env["CAMPANILE_FUZZ_ROUNDS"] ?? 150);
const seed = Number(process.env["CAMPANILE_FUZZ_SEED"] ?? 1);

/** Replies that are cut, broken off and damaged at random, by a seed: nothing may hang, crash, or be a wrong body. */
export function fuzz({ transport, serve }: Rig): void {
  describe(`withstands what chance does to replies (seed ${seed})`, () => {
    test("in pieces of any size they are the same", async () => {
      const random = randomOf(seed);
      const replies = Array.from({ length: rounds }, () => replyOf(random));
      const origin = await serve((socket) => {
        onRequests(socket, async (request) => {
          const { text, endsWithConnection } = replies[indexOf(request)]!;
          for (let at = 0; at < text.length;) {
            const size = 1 + Math.floor(random() ** 3 * text.length);
            socket.write(text.slice(at, at + size), "latin1");
            at += size;
            if (random() < 0.5) await pause(0);
          }
          if (endsWithConnection) socket.end();
        });
      });
      const carrier = transport();
      await inTurns(rounds, 4, async (i) => {
        const reply = await carrier.send({ ...get(origin), path: `/${i}` });
        const body =
          i % 2 ? (await reply.bytes()).toString("latin1") : await textOf(reply.stream());
        assert.ok(body === replies[i]!.body, `reply ${i} has another body`);
      });
    });

    test("broken off anywhere they are errors", async () => {
      const random = randomOf(seed + 1);
      const replies = Array.from({ length: rounds }, () => {
        let reply = replyOf(random);
        while (reply.endsWithConnection) reply = replyOf(random);
        return { text: reply.text, cut: Math.floor(random() * reply.text.length) };
      });
      const origin = await serve((socket) => {
        onRequests(socket, (request) => {
          const { text, cut } = replies[indexOf(request)]!;
          socket.end(text.slice(0, cut), "latin1");
        });
      });
      const carrier = transport();
      await inTurns(rounds, 4, async (i) => {
        const read = async (): Promise<void> => {
          const reply = await carrier.send({ ...get(origin), path: `/${i}` });
          await (i % 2 ? reply.bytes() : textOf(reply.stream()));
        };
        await assert.rejects(read(), isTransportError, `reply ${i}, cut at ${replies[i]!.cut}`);
      });
    });

    test("damaged anywhere they are errors, or read as anybody would read them", async () => {
      const random = randomOf(seed + 2);
      const replies = Array.from({ length: rounds }, () => damaged(replyOf(random).text, random));
      const origin = await serve((socket) => {
        onRequests(socket, (request) => socket.end(replies[indexOf(request)]!, "latin1"));
      });
      const carrier = transport();
      await inTurns(rounds, 4, async (i) => {
        let body: string | undefined;
        try {
          const reply = await carrier.send({
            ...get(origin),
            path: `/${i}`,
            headTimeoutMs: 5000,
            idleTimeoutMs: 5000,
          });
          body = (await reply.bytes()).toString("latin1");
        } catch (error) {
          assert.ok(error instanceof TransportError, String(error));
          assert.notEqual(error.code, "ETIMEDOUT", JSON.stringify(replies[i]));
        }
        if (body !== undefined) {
          const text = replies[i]!;
          // undici passes over CRs before a line end.
          const expected = [...bodiesOf(text), ...bodiesOf(text.replaceAll(/\r+\n/g, "\r\n"))];
          assert.ok(expected.includes(body), `${JSON.stringify(text)} became ${body}`);
        }
      });
    });
  });
}

function isTransportError(error: unknown): boolean {
  return error instanceof TransportError;
}

interface Reply {
  readonly text: string;
  readonly body: string;
  readonly endsWithConnection: boolean;
}

/** A reply as S3 and its like send them, with a body of up to some hundred KB. */
function replyOf(random: () => number): Reply {
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)]!;
  const size = Math.floor(random() ** 6 * 300_000);
  const unit = Array.from({ length: 61 }, () =>
    String.fromCharCode(Math.floor(random() * 256)),
  ).join("");
  const body = unit.repeat(Math.ceil(size / unit.length)).slice(0, size);
  const headers = [
    'ETag: "a"',
    "x-amz-meta-a: caf\u00e9",
    "Server: AmazonS3",
    "x-amz-request-id: 0A1B2C",
    "x-empty:",
  ];
  const some = headers.filter(() => random() < 0.6);
  const interim = random() < 0.2 ? "HTTP/1.1 102 Processing\r\n\r\n" : "";
  const head = `${interim}HTTP/1.1 200 OK\r\n${some.map((header) => `${header}\r\n`).join("")}`;
  const kind = pick(["length", "chunks", "chunks", "close"]);
  if (kind === "length") {
    const text = `${head}${pick(["Content-Length", "content-length"])}: ${size}\r\n\r\n${body}`;
    return { text, body, endsWithConnection: false };
  }
  if (kind === "close") {
    return { text: `${head}Connection: close\r\n\r\n${body}`, body, endsWithConnection: true };
  }
  let text = `${head}Transfer-Encoding: chunked\r\n\r\n`;
  for (let at = 0; at < size;) {
    const length = Math.min(size - at, 1 + Math.floor(random() ** 2 * 20_000));
    const hex = length.toString(16);
    text += `${pick([hex, hex.toUpperCase(), `0${hex}`, `${hex};a=b`])}\r\n${body.slice(at, at + length)}\r\n`;
    at += length;
  }
  return { text: `${text}0\r\n\r\n`, body, endsWithConnection: false };
}

/** Some bytes changed, left out, or doubled, most of them in the head or in the lines between chunks. */
function damaged(text: string, random: () => number): string {
  let result = text;
  const times = 1 + Math.floor(random() * 3);
  for (let i = 0; i < times; i++) {
    const at = Math.floor(random() ** 3 * Math.min(result.length, 2000));
    const kind = random();
    const byte =
      random() < 0.5
        ? String.fromCharCode(Math.floor(random() * 256))
        : "\r\n: 0,a"[Math.floor(random() * 7)]!;
    const middle =
      kind < 0.4
        ? byte
        : kind < 0.7
          ? ""
          : result.slice(at, at + 1 + Math.floor(random() * 40)) + result[at];
    result = result.slice(0, at) + middle + result.slice(at + 1);
  }
  return result;
}

/**
 * The bodies that a reply can have for a reader who has all of it, and reads it more leniently than any transport: by its length, its
 * chunks, or up to its end. None where it is no reply at all.
 */
function bodiesOf(text: string): readonly string[] {
  const bodies: string[] = [];
  let rest = text;
  for (;;) {
    const head = /^HTTP\/1\.[01] (\d\d\d)[\s\S]*?\r\n\r\n/.exec(rest);
    if (head === null) return bodies;
    rest = rest.slice(head[0].length);
    const status = Number(head[1]);
    if (status >= 100 && status < 200) continue;
    if (status === 204 || status === 304) return [""];
    const lengths = [...head[0].matchAll(/^content-length:[ \t]*(\d+)[ \t]*\r$/gim)];
    if (/^transfer-encoding:[ \t]*chunked[ \t]*\r$/im.test(head[0])) {
      const body = unchunked(rest);
      if (body !== undefined) bodies.push(body);
    } else if (lengths.length > 0) {
      for (const [, length] of lengths) {
        if (Number(length) <= rest.length) bodies.push(rest.slice(0, Number(length)));
      }
    } else {
      bodies.push(rest);
    }
    return bodies;
  }
}

function unchunked(text: string): string | undefined {
  let body = "";
  for (let at = 0; ;) {
    const line = /^([0-9a-f]+)(?:[;\s][^\n]*)?\r\n/i.exec(text.slice(at, at + 20_000));
    if (line === null) return undefined;
    const size = parseInt(line[1]!, 16);
    at += line[0].length;
    if (size === 0) return body;
    body += text.slice(at, at + size);
    at += size;
    if (text.slice(at, at + 2) !== "\r\n") return undefined;
    at += 2;
  }
}

function indexOf(request: string): number {
  return Number(/^GET \/(\d+) /.exec(request)?.[1]);
}

async function inTurns(
  count: number,
  atATime: number,
  act: (i: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  await Promise.all(
    Array.from({ length: atATime }, async () => {
      while (next < count) await act(next++);
    }),
  );
}

/** Numbers from 0 up to 1 (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
