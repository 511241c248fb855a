import type { Endpoint, ServerName } from "./running.ts";

/** What became of a server that the tests could run against: it runs, or there is a reason why not. */
export type ServerState = Endpoint | { readonly skipped: string };

/** One state for each server by others. */
export type ServerStates = ReadonlyMap<ServerName, ServerState>;

/**
 * The environment variable in which `test/run.ts` tells the test files which servers run: each file is a process of its
 * own, and a server is started once for all of them.
 */
export const serversVariable = "CAMPANILE_TEST_SERVERS";

/** Writes the states for the variable. */
export function statesToText(states: ServerStates): string {
  return JSON.stringify(Object.fromEntries(states));
}

/** Reads what `statesToText` wrote; there is no state of a server when the variable is not set. */
export function statesFromText(text: string | undefined): ServerStates {
  const states = JSON.parse(text ?? "{}") as Readonly<Record<ServerName, ServerState>>;
  return new Map(Object.entries(states) as [ServerName, ServerState][]);
}
