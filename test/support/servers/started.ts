import { existsSync, mkdirSync, readdirSync, rmdirSync, rmSync } from "node:fs";
import { join } from "node:path";

import { installableServers } from "./all.ts";
import { inCheckout } from "./checkout.ts";
import type { ServerState, ServerStates } from "./handover.ts";
import type { RunningServer, ServerName } from "./running.ts";

/** The servers of one run of the tests. */
export interface StartedServers {
  readonly states: ServerStates;
  /** Ends them all and deletes what they stored. */
  stop(): Promise<void>;
}

/**
 * Starts all servers that are installed, side by side. One that does not start is skipped with its reason; its log stays.
 * Throws only when the signal is aborted, and then nothing runs.
 */
export async function startServers(signal: AbortSignal): Promise<StartedServers> {
  const runs = inCheckout(".servers/run");
  mkdirSync(runs, { recursive: true });
  deleteLeftovers(runs);
  const directory = join(runs, String(process.pid));

  // All have a state from the start, so that they are reported in the order of the list.
  const states = new Map<ServerName, ServerState>(
    installableServers.map(({ name }) => [
      name,
      { skipped: "it is not installed; to install it: scripts/servers/install.sh" },
    ]),
  );
  const running: { readonly name: ServerName; readonly stop: RunningServer["stop"] }[] = [];
  await Promise.all(
    installableServers.map(async (server) => {
      const { name } = server;
      if (!server.isInstalled()) return;
      try {
        const { url, region, source, target, stop } = await server.start(
          join(directory, name),
          signal,
        );
        running.push({ name, stop });
        states.set(name, { url, region, source, target });
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        states.set(name, { skipped: `it does not start: ${reason}` });
      }
    }),
  );

  const stop = async (): Promise<void> => {
    await Promise.all(
      running.map(async ({ name, stop }) => {
        await stop();
        rmSync(join(directory, name), { recursive: true, force: true });
      }),
    );
    // What is left is the log of a server that did not start; it goes with the next run.
    if (existsSync(directory) && readdirSync(directory).length === 0) rmdirSync(directory);
  };
  if (signal.aborted) {
    await stop();
    signal.throwIfAborted();
  }
  return { states, stop };
}

/** A run that was killed ended its servers, but had no time to delete their files. */
function deleteLeftovers(runs: string): void {
  for (const name of readdirSync(runs)) {
    if (!isRunning(Number(name))) rmSync(join(runs, name), { recursive: true, force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // A process of somebody else answers EPERM: it is there.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
