import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";

import { inCheckout } from "./checkout.ts";
import { type DaemonOptions, startDaemon } from "./daemon.ts";

describe("startDaemon", () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "campanile-daemon-"));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  /** A server that is a line of shell; it says that it is ready by a file with its process id. */
  const server = (script: string, signal = new AbortController().signal): DaemonOptions => ({
    command: inCheckout("scripts/servers/while-open.sh"),
    args: ["bash", "-c", script, "server", join(directory, "pid")],
    directory,
    ready: () => Promise.resolve(existsSync(join(directory, "pid"))),
    signal,
  });

  /** Writes the file in one step, so that it is never seen empty. */
  const writePid = 'echo $$ >"$1.new" && mv "$1.new" "$1"';

  test("waits until the server is ready, and ends it when stopped", async () => {
    const daemon = await startDaemon(server(`sleep 0.2; ${writePid}; exec sleep 1000`));
    const pid = Number(readFileSync(join(directory, "pid"), "utf8"));
    assert.ok(isRunning(pid));
    await daemon.stop();
    assert.ok(!isRunning(pid));
  });

  test("gives the server's environment and log", async () => {
    const script = `echo "the colour is $COLOUR"; ${writePid}; exec sleep 1000`;
    const daemon = await startDaemon({ ...server(script), env: { COLOUR: "blue" } });
    await daemon.stop();
    assert.equal(readFileSync(join(directory, "server.log"), "utf8"), "the colour is blue\n");
  });

  test("says how a server ended that was never ready, with the end of its log", async () => {
    const script = 'for line in {1..30}; do echo "line $line"; done; exit 3';
    await assert.rejects(startDaemon(server(script)), ({ message }: Error) => {
      assert.match(message, /^it ended with status 3; the end of .*server\.log:\nline 16\n/);
      assert.match(message, /\nline 30$/);
      return true;
    });
  });

  test("says that a program is missing", async () => {
    const missing = { ...server(""), command: join(directory, "no-such-program") };
    await assert.rejects(startDaemon(missing), /no-such-program ENOENT/);
  });

  test("ends a server that nobody waits for any more", async () => {
    const interrupted = new AbortController();
    const options: DaemonOptions = {
      ...server(`${writePid}; exec sleep 1000`, interrupted.signal),
      ready() {
        if (existsSync(join(directory, "pid"))) interrupted.abort();
        return Promise.resolve(false);
      },
    };
    await assert.rejects(startDaemon(options), { name: "AbortError" });
    const pid = Number(readFileSync(join(directory, "pid"), "utf8"));
    assert.ok(!isRunning(pid));
  });
});

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
