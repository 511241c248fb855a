/**
 * The process that one client runs in, so that its memory and its CPU are its own. The runner forks it with what to do as arguments:
 * question, client, units to warm up with, units to measure, and the server as JSON. It sends `warm`, waits for a message, and sends what it
 * measured.
 */
import { once } from "node:events";

import type { Measured } from "./measured.ts";
import { paths } from "./questions.ts";
import type { Server } from "./server.ts";

const [name, client, warmUp, units, server] = process.argv.slice(2);
const question = paths.find((each) => each.name === name);
const work = await question!.contenders[client!]!(JSON.parse(server!) as Server);
await work.run(Number(warmUp));
globalThis.gc?.();
process.send!("warm");
await once(process, "message");

const cpuBefore = process.cpuUsage();
const startedAt = performance.now();
await work.run(Number(units));
const wallMs = performance.now() - startedAt;
const { user, system } = process.cpuUsage(cpuBefore);

await work.close();
const measured: Measured = {
  cpuMs: (user + system) / 1000,
  wallMs,
  peakBytes: process.resourceUsage().maxRSS * 1024,
};
process.send!(measured);
process.disconnect!();
