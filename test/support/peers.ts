import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { type S3Server, startServer } from "../../src/testing/server.ts";
import type { FileTree } from "./file-tree.ts";
import type { Ran } from "./shell.ts";
import type { Skippable } from "./servers.ts";
import { inCheckout } from "./servers/checkout.ts";
import { accounts, region } from "./servers/running.ts";

/** The S3 tools by others that drive the project's own S3. */
export type PeerName = "aws" | "rclone" | "s5cmd";

/** Whose keys a peer signs with: an account's, or the source's with a secret that is wrong. */
export type Who = "source" | "target" | "wrong";

/** How a peer is run. */
export interface PeerOptions {
  /** Absent: source. rclone takes no notice; it has a remote of each name. */
  readonly as?: Who;
  readonly stdin?: string;
}

/** An S3 in this process, and a home in which peers find its address and its accounts' keys. */
export interface PeerHome {
  readonly server: S3Server;
  /** An empty directory, where the peers start. */
  readonly directory: string;
  /** How many requests of each operation were answered since the last call. */
  takeRequests(): Record<string, number>;
  /** What the server holds in a bucket below a prefix. */
  stored(bucket: string, prefix: string): FileTree;
  /** Runs a peer with these arguments; gives its status, whatever it is. */
  run(peer: PeerName, args: readonly string[], options?: PeerOptions): Promise<Ran>;
  /** Ends the server and deletes the home. Fails when the server met with an error of its own. */
  close(): Promise<void>;
}

/**
 * For `describe`: a peer that is not installed is reported as skipped, or fails where all are asked
 * for.
 */
export function needsPeers(...peers: readonly PeerName[]): Skippable {
  const missing = peers.filter((peer) => !existsSync(program(peer)));
  if (missing.length === 0) return { skip: false };
  const reason = `${missing.join(" and ")} not installed; to install: scripts/peers/install.sh`;
  if (process.env["CAMPANILE_REQUIRE_SERVERS"] === "1") {
    throw new Error(`CAMPANILE_REQUIRE_SERVERS=1 asks for all peers: ${reason}`);
  }
  return { skip: reason };
}

/**
 * Starts the server, with the two accounts that all test servers have, and makes the home. `attempts`
 * is how often the AWS CLI and rclone try a request; unless told otherwise once, since what has to be
 * tried again is a fault of the server.
 */
export async function openPeerHome({ attempts = 1 } = {}): Promise<PeerHome> {
  const server = await startServer({ accounts: Object.values(accounts), region });
  const home = await mkdtemp(join(tmpdir(), "campanile-peers-"));
  const directory = join(home, "work");
  await mkdir(directory);
  // The AWS CLI's default for URLs is Signature Version 2, which S3 takes in no bucket made since
  // June 2020.
  await mkdir(join(home, ".aws"));
  await writeFile(join(home, ".aws/config"), "[default]\ns3 =\n  signature_version = s3v4\n");
  const rcloneConfig = join(home, "rclone.conf");
  await writeFile(rcloneConfig, remotes(server.url), { mode: 0o600 });
  let requests: Record<string, number> = {};
  server.requests.listen(({ operation }) => {
    requests[operation] = (requests[operation] ?? 0) + 1;
  });
  return {
    server,
    directory,
    takeRequests() {
      const taken = requests;
      requests = {};
      return taken;
    },
    stored(bucket, prefix) {
      const { store } = server;
      const keys = store.keys(bucket).filter((key) => key.startsWith(prefix));
      return new Map(keys.map((key) => [key.slice(prefix.length), store.bytes(bucket, key)!]));
    },
    run(peer, args, { as = "source", stdin = "" } = {}) {
      const { accessKeyId, secretAccessKey } = keysOf(as);
      const env = {
        HOME: home,
        TMPDIR: home,
        PATH: process.env["PATH"],
        // Without it Python writes file names in ASCII only.
        LC_ALL: "C.UTF-8",
        AWS_ACCESS_KEY_ID: accessKeyId,
        AWS_SECRET_ACCESS_KEY: secretAccessKey,
        AWS_DEFAULT_REGION: region,
        AWS_REGION: region,
        AWS_ENDPOINT_URL: server.url,
        S3_ENDPOINT_URL: server.url,
        AWS_EC2_METADATA_DISABLED: "true",
        AWS_MAX_ATTEMPTS: String(attempts),
        RCLONE_LOW_LEVEL_RETRIES: String(attempts),
        RCLONE_RETRIES: "1",
        RCLONE_CONFIG: rcloneConfig,
      };
      return run(program(peer), args, directory, env, stdin);
    },
    async close() {
      await server.close();
      await rm(home, { recursive: true });
      assert.deepEqual(server.bugs, [], "errors of the server's own");
    },
  };
}

/** Fails, with what the peer said, unless it succeeded; gives its standard output. */
export function succeeded({ stdout, stderr, status }: Ran): string {
  assert.equal(status, 0, `${stderr}\n${stdout}`);
  return stdout;
}

function program(peer: PeerName): string {
  return inCheckout(`.servers/peers/bin/${peer}`);
}

function keysOf(who: Who): { accessKeyId: string; secretAccessKey: string } {
  if (who !== "wrong") return accounts[who];
  return { ...accounts.source, secretAccessKey: `not ${accounts.source.secretAccessKey}` };
}

/** rclone's configuration: a remote for each of those who may ask. */
function remotes(endpoint: string): string {
  const whos: readonly Who[] = ["source", "target", "wrong"];
  return whos
    .map((who) => {
      const { accessKeyId, secretAccessKey } = keysOf(who);
      return [
        `[${who}]`,
        "type = s3",
        // With all that rclone knows of S3 itself, and none of its workarounds for others.
        "provider = AWS",
        `endpoint = ${endpoint}`,
        "force_path_style = true",
        // Its bodies are streams, and over plain HTTP it would read them twice to sign them.
        "use_unsigned_payload = true",
        `region = ${region}`,
        `access_key_id = ${accessKeyId}`,
        `secret_access_key = ${secretAccessKey}`,
        "",
      ].join("\n");
    })
    .join("\n");
}

async function run(
  command: string,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string | undefined>>,
  stdin: string,
): Promise<Ran> {
  // The server is in this process, so nothing here may wait for the child and do nothing else.
  const child = spawn(command, args, { cwd, env: { ...env } });
  const outputs = [child.stdout, child.stderr].map(async (stream) => {
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks).toString();
  });
  // A command that reads nothing closes its input; what it was to read is then nobody's.
  child.stdin.on("error", () => {});
  child.stdin.end(stdin);
  const status = await new Promise<number>((resolve, reject) => {
    child.on("error", reject).on("close", (code) => resolve(code ?? -1));
  });
  const [stdout = "", stderr = ""] = await Promise.all(outputs);
  return { stdout, stderr, status };
}
