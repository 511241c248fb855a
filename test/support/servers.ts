import { randomBytes } from "node:crypto";

import { type Feature, gapOf } from "./gaps.ts";
import { installableServers } from "./servers/all.ts";
import { serversVariable, statesFromText } from "./servers/handover.ts";
import { startCampanile } from "./servers/campanile.ts";
import type { InstallableServer } from "./servers/installable.ts";
import type { Account, RunningServer, ServerName } from "./servers/running.ts";

export type { Account, RunningServer } from "./servers/running.ts";

/**
 * A server that a suite runs against. A suite for all of them:
 *
 *     for (const server of testServers) {
 *       describe(server.name, server.options, () => {
 *         let running: RunningServer;
 *         before(async () => {
 *           running = await server.start();
 *         });
 *         after(() => running.stop());
 *
 *         test("reads one part", server.needs("partNumber"), async () => { … });
 *       });
 *     }
 */
export interface TestServer {
  readonly name: ServerName;
  /** For `describe`: a server that does not run is reported as skipped, with the reason. */
  readonly options: Skippable;
  /** For `test`: a test that needs what this server does not do is reported as skipped, with the known gap. */
  needs(...features: readonly Feature[]): Skippable;
  /** Gives the server. Other test files may be using it at the same time: take buckets of your own. */
  start(): Promise<RunningServer>;
}

/** Options of a test or a suite. */
export interface Skippable {
  readonly skip: string | false;
}

/** All servers: the project's own and those by others. */
export const testServers: readonly TestServer[] = [
  {
    name: "campanile",
    options: { skip: false },
    needs: (...features) => needs("campanile", features),
    start: startCampanile,
  },
  ...installableServers.map(serverByOthers),
];

/** A bucket name that the account may use and nobody has used before. */
export function newBucketName(account: Account, label = "bucket"): string {
  return `${account.bucketPrefix}${label}-${randomBytes(5).toString("hex")}`;
}

/** One that `test/run.ts` has started, once for all test files. */
function serverByOthers({ name }: InstallableServer): TestServer {
  const state = statesFromText(process.env[serversVariable]).get(name) ?? {
    skipped: "it is not started; to have it: node test/run.ts FILE",
  };
  const isMissing = "skipped" in state;
  if (isMissing && process.env["CAMPANILE_REQUIRE_SERVERS"] === "1") {
    throw new Error(`${name} is asked for by CAMPANILE_REQUIRE_SERVERS=1: ${state.skipped}`);
  }
  return {
    name,
    options: { skip: isMissing ? state.skipped : false },
    needs: (...features) => needs(name, features),
    start() {
      if (isMissing) return Promise.reject(new Error(`${name} does not run: ${state.skipped}`));
      // It serves the other test files too, and ends with the run.
      return Promise.resolve({ ...state, stop: () => Promise.resolve() });
    },
  };
}

function needs(server: ServerName, features: readonly Feature[]): Skippable {
  return { skip: gapOf(server, features) ?? false };
}
