import type { RunningServer, ServerName } from "./running.ts";

/** A server by others, that may be on this machine or not. */
export interface InstallableServer {
  readonly name: ServerName;
  /** Whether `scripts/servers/install.sh` has been here, or somebody who did the same. */
  isInstalled(): boolean;
  /**
   * Starts it empty, on free ports of 127.0.0.1 and with two users, and waits until it can be used.
   * The directory is its own, to be made by it. Throws an Error when it does not start.
   */
  start(directory: string, signal: AbortSignal): Promise<RunningServer>;
}
