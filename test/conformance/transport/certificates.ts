import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { createServer as createTlsServer } from "node:tls";

import { certificate, privateKey } from "../../support/certificate.ts";
import { get, onRequests, type Rig } from "./rig.ts";

/** Who is trusted. */
export function certificates({ transport, serve }: Rig): void {
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
}
