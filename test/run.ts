/**
 * Runs the tests: starts the S3 servers that are installed, once for all test files, runs them, stops the servers.
 *
 *     node test/run.ts                          all tests
 *     node test/run.ts src/key.test.ts          only these files
 *     node test/run.ts --no-servers             without the servers by others, for a quick run
 *     node test/run.ts --test-name-pattern=etag options of Node's test runner go on to it
 *
 * What it says goes to standard error; standard output is that of Node's test runner and ends with its summary. The exit
 * status is the test runner's, or 1 when CAMPANILE_REQUIRE_SERVERS=1 and a server is missing, or 130 after Ctrl-C.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { availableParallelism } from "node:os";

import { installableServers } from "./support/servers/all.ts";
import { inCheckout } from "./support/servers/checkout.ts";
import { serversVariable, statesToText, type ServerStates } from "./support/servers/handover.ts";
import { startServers } from "./support/servers/started.ts";

const everyTest = ["src/**/*.test.ts", "test/**/*.test.ts"];

/** Half of the test files wait for a server most of the time, so there is work for two even on one core. */
const concurrency = Math.max(2, availableParallelism());

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  const interrupted = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => interrupted.abort());
  }

  const withServers = !args.includes("--no-servers");
  const isRequired = process.env["CAMPANILE_REQUIRE_SERVERS"] === "1";
  if (!withServers) {
    say("servers by others: none, as asked for by --no-servers");
    return runTests(args, noServers(), interrupted.signal);
  }

  let servers;
  try {
    servers = await startServers(interrupted.signal);
  } catch (error) {
    if (interrupted.signal.aborted) return 130;
    throw error;
  }
  try {
    report(servers.states);
    const isMissing = [...servers.states.values()].some((state) => "skipped" in state);
    if (isMissing && isRequired) {
      say("CAMPANILE_REQUIRE_SERVERS=1 asks for all of them, so no test is run");
      return 1;
    }
    return await runTests(args, servers.states, interrupted.signal);
  } finally {
    await servers.stop();
  }
}

function noServers(): ServerStates {
  return new Map(installableServers.map(({ name }) => [name, { skipped: "--no-servers" }]));
}

/** Runs Node's test runner and gives its exit status. */
async function runTests(
  args: readonly string[],
  states: ServerStates,
  interrupted: AbortSignal,
): Promise<number> {
  const options = args.filter((arg) => arg.startsWith("-") && arg !== "--no-servers");
  const files = args.filter((arg) => !arg.startsWith("-"));
  const child = spawn(
    process.execPath,
    [
      "--test",
      "--test-reporter=spec",
      `--test-concurrency=${concurrency}`,
      ...options,
      ...(files.length === 0 ? everyTest : files),
    ],
    {
      stdio: "inherit",
      env: { ...process.env, [serversVariable]: statesToText(states) },
      ...(files.length === 0 ? { cwd: inCheckout(".") } : {}),
    },
  );
  const end = (): void => {
    child.kill("SIGINT");
  };
  interrupted.addEventListener("abort", end);
  const [status] = (await once(child, "exit")) as [number | null];
  if (interrupted.aborted) return 130;
  return status ?? 1;
}

function report(states: ServerStates): void {
  for (const [name, state] of states) {
    say("skipped" in state ? `${name}: skipped, ${state.skipped}` : `${name}: on ${state.url}`);
  }
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
