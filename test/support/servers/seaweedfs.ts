import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { inCheckout } from "./checkout.ts";
import { answers, startDaemon } from "./daemon.ts";
import { freePorts } from "./free-ports.ts";
import type { InstallableServer } from "./installable.ts";
import { type Account, accounts, region } from "./running.ts";

const weed = inCheckout(".servers/venv/bin/weed");

/** SeaweedFS with all its services in one process. */
export const seaweedfs: InstallableServer = {
  name: "seaweedfs",

  isInstalled: () => existsSync(weed),

  async start(directory, signal) {
    const data = join(directory, "data");
    const users = join(directory, "users.json");
    await mkdir(data, { recursive: true });
    const identities = Object.entries(accounts).map(([name, account]) => identity(name, account));
    await writeFile(users, JSON.stringify({ identities }), { mode: 0o600 });

    const [s3 = 0, master = 0, volume = 0, filer = 0, admin = 0] = await freePorts(5);
    const url = `http://127.0.0.1:${s3}`;
    const daemon = await startDaemon({
      command: inCheckout("scripts/servers/while-open.sh"),
      args: [
        weed,
        "mini",
        `-dir=${data}`,
        // It would listen on every address, and there is no flag for one port less.
        "-ip=127.0.0.1",
        "-ip.bind=127.0.0.1",
        `-master.port=${master}`,
        `-volume.port=${volume}`,
        `-filer.port=${filer}`,
        `-admin.port=${admin}`,
        "-admin.ui=false",
        "-webdav=false",
        `-s3.port=${s3}`,
        `-s3.config=${users}`,
        "-s3.port.iceberg=0",
        "-s3.port.lance=0",
        // Without these a PUT makes the bucket that is missing, and a bucket is deleted with all that is in it.
        "-s3.autoCreateBucket=false",
        "-s3.allowDeleteBucketNotEmpty=false",
        // Each bucket has volumes of its own, and the tests make hundreds of buckets. They take disk space as they are filled.
        "-volume.max=10000",
      ],
      // Seven volumes a bucket otherwise.
      env: { WEED_MASTER_VOLUME_GROWTH_COPY_1: "1" },
      directory,
      // Once it has read its users it refuses a request that is not signed.
      ready: () => answers(`${url}/`, 403),
      signal,
    });
    return {
      url,
      region,
      ...accounts,
      stop: () => daemon.stop(),
    };
  },
};

/** A user as SeaweedFS's configuration has it: what it may do is said per bucket, by the bucket's name. */
function identity(name: string, account: Account): object {
  const actions = ["Admin", "Read", "Write", "List", "Tagging"];
  return {
    name,
    credentials: [{ accessKey: account.accessKeyId, secretKey: account.secretAccessKey }],
    actions: actions.map((action) => `${action}:${account.bucketPrefix}*`),
  };
}
