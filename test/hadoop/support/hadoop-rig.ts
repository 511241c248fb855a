import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { inCheckout } from "../../support/servers/checkout.ts";
import type { Endpoint } from "../../support/servers/running.ts";
import { openShell, type Ran, type Shell } from "../../support/shell.ts";
import { type Cluster, startCluster } from "./cluster.ts";

/** A cluster, and the program as it is sent there. */
export interface HadoopRig {
  readonly cluster: Cluster;
  /** `campanile.mjs`. */
  readonly program: string;
  /** What a command needs to run its job on the cluster. */
  readonly options: string;
  /** Opens a shell in which `campanile` finds the cluster, and the buckets of a server. */
  openShell(server: Endpoint): Promise<Shell>;
  /** The lines of all files of a directory of the cluster, sorted. */
  linesOf(directory: string): Promise<string[]>;
  close(): Promise<void>;
}

/** Builds the program and starts a cluster. */
export async function openHadoopRig(): Promise<HadoopRig> {
  const place = await mkdtemp(join(tmpdir(), "campanile-hadoop-"));
  const build = [inCheckout("scripts/build.ts"), place, "--bundle"];
  const [cluster] = await Promise.all([
    startCluster(new AbortController().signal),
    promisify(execFile)(process.execPath, build),
  ]);
  const program = join(place, "campanile.mjs");
  return {
    cluster,
    program,
    // The nodes' PATH is not ours, and Node need not be installed there.
    options: `--engine hadoop --code ${program} --node ${process.execPath} --ship-credentials .boto`,
    async openShell(server) {
      const shell = await openShell(server);
      const env = { ...cluster.env, AWS_ENDPOINT_URL_S3: server.url };
      return {
        ...shell,
        run: (line, more) => shell.run(line, { ...more, env: { ...env, ...more?.env } }),
        start: (line, more) => shell.start(line, { ...more, env: { ...env, ...more?.env } }),
      };
    },
    async linesOf(directory) {
      const { stdout, stderr, status } = await cluster.run(
        "hadoop",
        "fs",
        "-text",
        `${directory}/part-*`,
      );
      assert.equal(status, 0, stderr);
      return stdout.split("\n").slice(0, -1).sort();
    },
    async close() {
      await cluster.stop();
      await rm(place, { recursive: true });
    },
  };
}

/** Fails, with all that it said, when a command line did not end as it should. */
export function assertEnded({ stderr, status }: Ran, expected = 0): void {
  assert.equal(status, expected, stderr);
}
