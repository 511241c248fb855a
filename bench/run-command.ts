import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";

import { BenchError } from "./bench-error.ts";
import type { Workshop } from "./go.ts";
import { accessKeyId, region, secretAccessKey } from "./keys.ts";
import type { Measured } from "./measured.ts";
import { rcloneRemotes } from "./peers.ts";
import type { CommandLine, Place } from "./question.ts";
import type { Stub, StubStats } from "./stub.ts";

/** A command that takes longer hangs. */
const timeoutMs = 15 * 60_000;

/** What a command took, and what it asked of the server. */
export interface RanCommand extends Measured {
  readonly requests: number;
}

/** As `bench/watch` tells it. */
interface Watched extends Measured {
  readonly status: number;
  readonly lines: number;
}

/** Runs a command in an empty directory. Throws a BenchError when it fails, or has not done its work. */
export async function runCommand(
  { watch, directory: shared }: Workshop,
  stub: Stub,
  program: readonly string[],
  commandLine: (place: Place) => CommandLine | Promise<CommandLine>,
): Promise<RanCommand> {
  const directory = join(shared, "run");
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory);
  const rcloneConfig = join(directory, "rclone.conf");
  await writeFile(rcloneConfig, rcloneRemotes(stub));
  const { endpoint, caFile, wire } = stub;
  const command = await commandLine({ wire, endpoint, caFile, directory, shared, program });
  await stub.reset();
  const child = spawn(watch, command.argv, {
    cwd: directory,
    stdio: ["ignore", "pipe", "pipe"],
    timeout: timeoutMs,
    // Nobody's own configuration is to change what is measured.
    env: {
      HOME: directory,
      TMPDIR: directory,
      PATH: process.env["PATH"],
      LC_ALL: "C.UTF-8",
      CAMPANILE_HTTP: process.env["CAMPANILE_HTTP"],
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_REGION: region,
      AWS_ENDPOINT_URL: endpoint,
      S3_ENDPOINT_URL: endpoint,
      AWS_EC2_METADATA_DISABLED: "true",
      AWS_CA_BUNDLE: caFile,
      RCLONE_CA_CERT: caFile,
      RCLONE_CONFIG: rcloneConfig,
    },
  });
  const [told, errors] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "exit"),
  ]);
  if (told === "") throw new BenchError(`${shown(command)} could not be run:\n${errors}`);
  const { status, lines, ...measured } = JSON.parse(told) as Watched;
  if (status !== 0) {
    throw new BenchError(`${shown(command)} ended with status ${status}:\n${errors.slice(-2000)}`);
  }
  const stats = await stub.stats();
  const missing = lacking(command, lines, stats);
  if (missing !== undefined) throw new BenchError(`${shown(command)}: ${missing}\n${errors}`);
  return { ...measured, requests: stats.requests };
}

/** What shows that a command has not done its work. */
function lacking(
  { lines = 0, writes = {} }: CommandLine,
  linesWritten: number,
  { errors, ops, sinks }: StubStats,
): string | undefined {
  if (linesWritten !== lines) return `wrote ${linesWritten} lines, not ${lines}`;
  if (errors > 0) return `${errors} requests failed, of ${JSON.stringify(ops)}`;
  for (const [bucket, keys] of Object.entries(writes)) {
    if (sinks[bucket] !== keys) return `${bucket} holds ${sinks[bucket]} keys, not ${keys}`;
  }
  return undefined;
}

function shown({ argv }: CommandLine): string {
  return argv.join(" ");
}
