import assert from "node:assert/strict";

import { startServer } from "../../../src/testing/server.ts";
import { accounts, region, type RunningServer } from "./running.ts";

/** Starts the project's own S3, in this process. Stopping it fails when the server itself met with an error. */
export async function startCampanile(): Promise<RunningServer> {
  const server = await startServer({ accounts: Object.values(accounts), region });
  return {
    url: server.url,
    region,
    ...accounts,
    async stop() {
      await server.close();
      assert.deepEqual(server.bugs, [], "errors of the server's own");
    },
  };
}
