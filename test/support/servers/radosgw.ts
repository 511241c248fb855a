import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

import { inCheckout } from "./checkout.ts";
import { answers, startDaemon } from "./daemon.ts";
import { freePorts } from "./free-ports.ts";
import type { InstallableServer } from "./installable.ts";
import { type Account, accounts, region } from "./running.ts";

/** The programs of Ceph that `scripts/servers/radosgw.sh` calls. */
const programs = ["radosgw", "radosgw-admin", "ceph", "ceph-mon", "ceph-osd", "monmaptool"];

/** Ceph's S3 on a cluster of its own, that keeps everything in memory. */
export const radosgw: InstallableServer = {
  name: "radosgw",

  isInstalled: () => programs.every(isOnPath),

  async start(directory, signal) {
    const [port = 0, monitorPort = 0] = await freePorts(2);
    const url = `http://127.0.0.1:${port}`;
    const daemon = await startDaemon({
      command: inCheckout("scripts/servers/radosgw.sh"),
      args: ["while-open"],
      env: {
        // A folder below ours: the script deletes it, and with it would go the log that says why.
        RADOSGW_DIRECTORY: join(directory, "cluster"),
        RADOSGW_PORT: String(port),
        RADOSGW_MON_PORT: String(monitorPort),
        RADOSGW_SOURCE: keysOf(accounts.source),
        RADOSGW_TARGET: keysOf(accounts.target),
      },
      directory,
      ready: () => answers(`${url}/`, 200),
      signal,
    });
    return { url, region, ...accounts, stop: () => daemon.stop() };
  },
};

function keysOf(account: Account): string {
  return `${account.accessKeyId}:${account.secretAccessKey}`;
}

function isOnPath(program: string): boolean {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  return folders.some((folder) => existsSync(join(folder, program)));
}
