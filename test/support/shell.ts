import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Endpoint } from "./servers/running.ts";

/** What a command line left behind. */
export interface Ran {
  readonly stdout: string;
  readonly stderr: string;
  /** Of the last command of a pipe, or the last that failed. */
  readonly status: number;
}

/** A command line that is under way. */
export interface Running {
  readonly ended: Promise<Ran>;
  /** Sends a signal to all its processes, as Ctrl-C sends SIGINT. */
  kill(signal: "SIGINT" | "SIGTERM" | "SIGKILL"): void;
}

/** A shell in which `campanile` runs from the sources, with a home of its own. */
export interface Shell {
  readonly home: string;
  /** Runs a command line. A variable given as undefined is not set. */
  run(
    line: string,
    options?: { readonly stdin?: string | Buffer; readonly env?: Env },
  ): Promise<Ran>;
  /** Starts a command line in a process group of its own, as a terminal does. */
  start(line: string, options?: { readonly env?: Env }): Running;
  /** Deletes the home. */
  close(): Promise<void>;
}

type Env = Readonly<Record<string, string | undefined>>;

const campanile = join(import.meta.dirname, "../../bin/campanile.ts");

/**
 * Opens a shell whose user has two profiles, `jeff` and `jassy`, in a `.boto` file as the original's readme makes it: the
 * two accounts of a server. `$ENDPOINT` is its address.
 */
export async function openShell(
  server: Pick<Endpoint, "url" | "source" | "target">,
): Promise<Shell> {
  const home = await mkdtemp(join(tmpdir(), "campanile-shell-"));
  const profiles = [
    ["jeff", server.source],
    ["jassy", server.target],
  ] as const;
  const boto = profiles.map(
    ([name, { accessKeyId, secretAccessKey }]) =>
      `[profile ${name}]\naws_access_key_id=${accessKeyId}\naws_secret_access_key=${secretAccessKey}\n`,
  );
  await writeFile(join(home, ".boto"), boto.join("\n"), { mode: 0o600 });
  const env = {
    HOME: home,
    TMPDIR: home,
    PATH: process.env["PATH"],
    ENDPOINT: server.url,
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_REGION: "us-east-1",
  };
  return {
    home,
    run: (line, { stdin = "", env: more } = {}) =>
      start(line, home, { ...env, ...more }, { stdin, detached: false }).ended,
    start: (line, { env: more } = {}) =>
      start(line, home, { ...env, ...more }, { stdin: "", detached: true }),
    close: () => rm(home, { recursive: true }),
  };
}

function start(
  line: string,
  cwd: string,
  env: Env,
  { stdin, detached }: { readonly stdin: string | Buffer; readonly detached: boolean },
): Running {
  const begin = `set -o pipefail\ncampanile() { "${process.execPath}" "${campanile}" "$@"; }\n`;
  const child = spawn("bash", ["-c", begin + line], { cwd, env: { ...env }, detached });
  const outputs = [child.stdout, child.stderr].map(async (stream) => {
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks).toString();
  });
  // A command that reads nothing closes its input; what it was to read is then nobody's.
  child.stdin.on("error", () => {});
  child.stdin.end(stdin);
  const closed = new Promise<number>((resolve, reject) => {
    child.on("error", reject).on("close", (code) => resolve(code ?? -1));
  });
  const ended = async (): Promise<Ran> => {
    const status = await closed;
    const [stdout = "", stderr = ""] = await Promise.all(outputs);
    return { stdout, stderr, status };
  };
  return {
    ended: ended(),
    kill(signal) {
      if (child.pid !== undefined) process.kill(-child.pid, signal);
    },
  };
}
