import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { connect, type AddressInfo, type Server, type Socket } from "node:net";
import { describe, test } from "node:test";

import { certificate, privateKey } from "../../test/support/certificate.ts";
import { parseEndpoint } from "./address.ts";
import { proxyOf } from "./proxy.ts";
import { undiciTransport } from "../http/undici-transport.ts";

describe("proxyOf", () => {
  const cases: readonly {
    readonly endpoint?: string;
    readonly env: Record<string, string>;
    readonly proxy?: string;
  }[] = [
    { env: {} },
    { env: { HTTPS_PROXY: "http://proxy:3128" }, proxy: "http://proxy:3128/" },
    { env: { HTTPS_PROXY: "proxy:3128" }, proxy: "http://proxy:3128/" },
    { env: { HTTPS_PROXY: "a:1", https_proxy: "b:2" }, proxy: "http://b:2/" },
    { env: { HTTP_PROXY: "a:1" } },
    { endpoint: "http://s3.example", env: { HTTP_PROXY: "a:1" }, proxy: "http://a:1/" },
    { endpoint: "http://s3.example", env: { HTTPS_PROXY: "a:1" } },
    { env: { HTTPS_PROXY: "a:1", NO_PROXY: "s3.example" } },
    { env: { HTTPS_PROXY: "a:1", NO_PROXY: "other, example" } },
    { env: { HTTPS_PROXY: "a:1", NO_PROXY: ".example" } },
    { env: { HTTPS_PROXY: "a:1", NO_PROXY: "*.example" } },
    { env: { HTTPS_PROXY: "a:1", NO_PROXY: "*" } },
    { env: { HTTPS_PROXY: "a:1", NO_PROXY: "3.example" }, proxy: "http://a:1/" },
    { env: { HTTPS_PROXY: "a:1", NO_PROXY: "" }, proxy: "http://a:1/" },
    {
      endpoint: "https://s3.example:9000",
      env: { HTTPS_PROXY: "a:1", NO_PROXY: "s3.example:9001" },
      proxy: "http://a:1/",
    },
    {
      endpoint: "https://s3.example:9000",
      env: { HTTPS_PROXY: "a:1", NO_PROXY: "s3.example:9000" },
    },
  ];
  for (const { endpoint = "https://s3.example", env, proxy } of cases) {
    test(`${endpoint} with ${JSON.stringify(env)}: ${proxy ?? "none"}`, () => {
      assert.equal(proxyOf(parseEndpoint(endpoint), env), proxy);
    });
  }

  test("refuses what is no proxy, without telling what may be a password", () => {
    const env = { HTTPS_PROXY: "socks5://user:hunter2@proxy:1080" };
    assert.throws(
      () => proxyOf(parseEndpoint("https://s3.example"), env),
      (error: Error) => error.name === "UserError" && !error.message.includes("hunter2"),
    );
  });
});

describe("undiciTransport goes through the proxy that it is given", () => {
  for (const isSecure of [false, true]) {
    test(isSecure ? "by a tunnel to https" : "by asking it for http", async () => {
      const answer: RequestListener = (request, response) => {
        response.end(`it is ${request.url}`);
      };
      const server = isSecure
        ? createTlsServer({ cert: certificate, key: privateKey }, answer)
        : createServer(answer);
      const origin = `${isSecure ? "https" : "http"}://127.0.0.1:${await listening(server)}`;

      const asked: string[] = [];
      const sockets: Socket[] = [];
      const proxy = createServer((request, response) => {
        asked.push(request.url!);
        response.end("it is /a");
      });
      proxy.on("connect", (request, socket: Socket) => {
        asked.push(request.url!);
        const through = connect(Number(request.url!.split(":")[1]), "127.0.0.1", () => {
          socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
          through.pipe(socket).pipe(through);
        });
        for (const end of [through, socket]) end.on("error", () => {});
        sockets.push(through, socket);
      });
      const transport = undiciTransport({
        connections: 2,
        connectTimeoutMs: 5000,
        ca: certificate,
        proxy: `http://127.0.0.1:${await listening(proxy)}/`,
      });
      for (const fresh of [false, true]) {
        const reply = await transport.send({
          method: "GET",
          origin,
          path: "/a",
          headers: { host: origin.slice(origin.indexOf("//") + 2) },
          headTimeoutMs: 5000,
          idleTimeoutMs: 5000,
          fresh,
        });
        assert.equal((await reply.bytes()).toString(), "it is /a");
      }
      assert.equal(asked[0], isSecure ? origin.slice("https://".length) : `${origin}/a`);
      await transport.close();
      for (const socket of sockets) socket.destroy();
      proxy.close();
      server.close();
    });
  }
});

async function listening(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}
