import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

import type { Measured, Row } from "./measured.ts";
import type { Amount, Question } from "./question.ts";
import type { Stub } from "./stub.ts";

/** How a question is measured. */
export interface MeasureOptions {
  readonly amount: Amount;
  /** The best of so many runs counts. */
  readonly runs: number;
  /** Only these clients; left out, all. */
  readonly clients?: readonly string[] | undefined;
  /** Where to write CPU profiles of the clients. */
  readonly profiles?: string | undefined;
}

/** Measures all clients at one question, by turns, so that a noisy minute of the machine meets each of them. */
export async function measure(
  question: Question,
  stub: Stub,
  options: MeasureOptions,
): Promise<readonly Row[]> {
  const clients = Object.keys(question.contenders).filter(
    (client) => options.clients?.includes(client) ?? true,
  );
  const best = new Map<string, Row>();
  for (let run = 0; run < options.runs; run++) {
    for (const client of clients) {
      const row = await measureOnce(question, client, stub, options);
      const before = best.get(client);
      if (before === undefined || row.cpuMs < before.cpuMs) best.set(client, row);
    }
  }
  return [...best.values()];
}

async function measureOnce(
  question: Question,
  client: string,
  stub: Stub,
  { amount, profiles }: MeasureOptions,
): Promise<Row> {
  const { warmUp, measured: units } = amount;
  const child = fork(
    join(import.meta.dirname, "contestant.ts"),
    [question.name, client, stub.endpoint, String(warmUp), String(units)],
    {
      // Standard output is /dev/null, which the lines of the records go to.
      stdio: ["ignore", "ignore", "inherit", "ipc"],
      execArgv: profiles === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${profiles}`],
    },
  );
  const exited = once(child, "exit") as Promise<[number | null]>;
  const next = async (): Promise<unknown> => {
    const message = once(child, "message");
    const first = await Promise.race([message, exited.then(([code]) => ({ code }))]);
    if (Array.isArray(first)) return first[0];
    throw new Error(`${client} failed at ${question.name}: exit status ${first.code}`);
  };
  await next();
  await stub.reset();
  child.send("go");
  const measured = (await next()) as Measured;
  const { requests, errors } = await stub.stats();
  await exited;
  if (errors > 0) throw new Error(`${client} at ${question.name}: ${errors} requests failed`);
  const { bytesPerUnit } = question;
  return {
    ...measured,
    question: question.name,
    client,
    unit: question.unit,
    units,
    requests,
    idealRequests: units * question.requestsPerUnit,
    bytes: bytesPerUnit === undefined ? undefined : units * bytesPerUnit,
  };
}
