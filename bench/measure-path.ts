import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

import { BenchError } from "./bench-error.ts";
import type { Measured } from "./measured.ts";
import type { PathQuestion } from "./question.ts";
import type { RanCommand } from "./run-command.ts";
import type { Stub } from "./stub.ts";

/** Measures one client at one path, in a process of its own. */
export async function measurePath(
  { name, warmUp }: PathQuestion,
  client: string,
  stub: Stub,
  units: number,
  profiles: string | undefined,
): Promise<RanCommand> {
  const { wire, endpoint, caFile } = stub;
  const server = JSON.stringify({ wire, endpoint, caFile });
  // Fewer units to measure need fewer before.
  const before = String(Math.min(warmUp, units));
  const child = fork(
    join(import.meta.dirname, "contestant.ts"),
    [name, client, before, String(units), server],
    {
      // Standard output is /dev/null, which the lines of the records go to.
      stdio: ["ignore", "ignore", "inherit", "ipc"],
      // The AWS SDK makes a connection of its own for a body that waits for "100 Continue", and asks it to trust nothing else.
      env: { ...process.env, NODE_EXTRA_CA_CERTS: caFile },
      execArgv: profiles === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${profiles}`],
    },
  );
  const exited = once(child, "exit") as Promise<[number | null]>;
  const next = async (): Promise<unknown> => {
    const message = once(child, "message");
    const first = await Promise.race([message, exited.then(([code]) => ({ code }))]);
    if (Array.isArray(first)) return first[0];
    throw new BenchError(`${client} failed at ${name}: exit status ${first.code}`);
  };
  await next();
  await stub.reset();
  child.send("go");
  const measured = (await next()) as Measured;
  const { requests, errors } = await stub.stats();
  await exited;
  if (errors > 0) throw new BenchError(`${client} at ${name}: ${errors} requests failed`);
  return { ...measured, requests };
}
