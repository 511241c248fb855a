import { createReadStream, fstatSync } from "node:fs";
import { homedir } from "node:os";
import { isMainThread } from "node:worker_threads";
import { main } from "../src/cli/main.ts";

// In the bundle this file is also what a worker thread runs.
if (isMainThread) await start();
else await import("../src/engines/local/thread.ts");

async function start(): Promise<void> {
  const interrupt = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      // The first ends the work in order; who repeats it wants out.
      if (interrupt.signal.aborted) process.exit(130);
      interrupt.abort(new Error("interrupted"));
    });
  }
  // A reader that is gone shows in the write that fails; without this Node would take the event for a
  // crash.
  process.stdout.on("error", () => {});
  process.stderr.on("error", () => {});

  // Not process.exit: it would cut off what is still on its way to a slow reader.
  process.exitCode = await main(process.argv.slice(2), {
    // Node takes a directory for an empty input; this one says that it cannot be read.
    stdin: fstatSync(0).isDirectory() ? createReadStream("", { fd: 0 }) : process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    home: homedir(),
    cwd: process.cwd(),
    interrupted: interrupt.signal,
  });
}
