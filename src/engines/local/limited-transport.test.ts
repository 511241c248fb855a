import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { VirtualClock } from "../../../test/support/virtual-clock.ts";
import type { HttpReply, HttpRequest, Transport } from "../../s3/transport.ts";
import { limitedTransport } from "./limited-transport.ts";
import { memoryOfRate, SharedRate } from "./shared-rate.ts";

const body = Buffer.alloc(1000);

const transport: Transport = {
  send: () =>
    Promise.resolve({
      status: 200,
      headers: {},
      bytes: () => Promise.resolve(body),
      async *stream() {
        for (let i = 0; i < 10; i++) yield body.subarray(100 * i, 100 * (i + 1));
      },
      discard() {},
    } satisfies HttpReply),
  close: () => Promise.resolve(),
};

function request(method: string, path: string): HttpRequest {
  const timeouts = { headTimeoutMs: 1000, idleTimeoutMs: 1000 };
  return { method, path, origin: "http://127.0.0.1", headers: {}, ...timeouts };
}

describe("limitedTransport", () => {
  const cases = [
    { method: "GET", path: "/b/key", isLimited: true },
    { method: "GET", path: "/b/key?versionId=x", isLimited: true },
    { method: "GET", path: "/b/key?partNumber=2", isLimited: true },
    { method: "GET", path: "/b?list-type=2&prefix=a", isLimited: false },
    { method: "GET", path: "/b/key?tagging=", isLimited: false },
    { method: "PUT", path: "/b/key", isLimited: false },
  ];
  for (const { method, path, isLimited } of cases) {
    test(`${isLimited ? "counts" : "does not count"} the bytes of the answer to ${method} ${path}`, async () => {
      const bytes = new SharedRate(memoryOfRate(), 1000, new VirtualClock());
      const reply = await limitedTransport(transport, { bytes }).send(request(method, path));
      await reply.bytes();
      assert.equal(bytes.take(1) === undefined, !isLimited);
    });
  }

  test("reads a stream no faster than it may", async () => {
    const clock = new VirtualClock();
    const bytes = new SharedRate(memoryOfRate(), 1000, clock);
    const reply = await limitedTransport(transport, { bytes }).send(request("GET", "/b/key"));
    let read = 0;
    const reading = (async () => {
      for await (const chunk of reply.stream()) read += chunk.length;
    })();
    await clock.advance(200);
    assert.ok(read >= 200 && read <= 400, `${read} bytes in 200 ms`);
    await clock.advance(1000);
    await reading;
    assert.equal(read, body.length);
  });

  test("sends no more requests than it may", async () => {
    const clock = new VirtualClock();
    const requests = new SharedRate(memoryOfRate(), 10, clock);
    const limited = limitedTransport(transport, { requests });
    let sent = 0;
    const all = Array.from({ length: 20 }, async () => {
      await limited.send(request("HEAD", "/b/key"));
      sent++;
    });
    await clock.advance(500);
    assert.ok(sent >= 5 && sent <= 7, `${sent} requests in 500 ms`);
    await clock.advance(2000);
    await Promise.all(all);
  });
});
