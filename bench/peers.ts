import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

import { BenchError } from "./bench-error.ts";
import { accessKeyId, region, secretAccessKey } from "./keys.ts";
import type { Server } from "./server.ts";

/** The S3 tools by others that do the same work in the same run. */
export type PeerName = "aws" | "rclone" | "s5cmd";

const root = join(import.meta.dirname, "..");

/** Installs the peers, where they are not yet. Throws a BenchError when one cannot be. */
export async function installPeers(): Promise<void> {
  const installer = spawn(join(root, "scripts/peers/install.sh"), {
    stdio: ["ignore", "ignore", "inherit"],
  });
  const [status] = (await once(installer, "exit")) as [number | null];
  if (status !== 0) throw new BenchError("not all peers could be installed; leave out --peers");
}

/** The file of a peer's program. */
export function peerProgram(peer: PeerName): string {
  return join(root, ".servers/peers/bin", peer);
}

/** How rclone knows the server: twice, as `a` and as `b`, for between two remotes it streams. */
export function rcloneRemotes({ endpoint }: Server): string {
  const remote = (name: string): string => `[${name}]
type = s3
provider = AWS
endpoint = ${endpoint}
force_path_style = true
use_unsigned_payload = true
region = ${region}
access_key_id = ${accessKeyId}
secret_access_key = ${secretAccessKey}
`;
  return `${remote("a")}\n${remote("b")}`;
}

/** What rclone is told besides: to list with few requests, to compare by what listings hold, and to send no HEAD that it can do without. */
export const rcloneAtItsBest = [
  "--fast-list",
  "--checksum",
  "--use-server-modtime",
  "--s3-no-check-bucket",
  "--s3-no-head",
  "--s3-no-head-object",
  "--checkers=32",
] as const;
