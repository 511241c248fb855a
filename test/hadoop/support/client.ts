import { spawn } from "node:child_process";
import { join } from "node:path";

import { inCheckout } from "../../support/servers/checkout.ts";
import type { Ran } from "../../support/shell.ts";

/** The commands of the distribution that `scripts/hadoop` stands in for. */
export type HadoopCommand = "hadoop" | "mapred" | "hive";

/**
 * Runs a command of Hadoop until it ends: on the cluster that HADOOP_CONF_DIR names, or without it
 * on files and in one process.
 */
export function runHadoop(
  command: HadoopCommand,
  args: readonly string[],
  {
    env = {},
    cwd,
  }: { readonly env?: Readonly<Record<string, string>>; readonly cwd?: string } = {},
): Promise<Ran> {
  const program = join(inCheckout("scripts/hadoop/bin"), command);
  return ended(spawn(program, args, { env: { ...process.env, ...env }, cwd }));
}

/** Waits for the end of a process that reads nothing. */
export async function ended(child: ReturnType<typeof spawn>): Promise<Ran> {
  child.stdin?.end();
  const [stdout, stderr, status] = await Promise.all([
    textOf(child.stdout),
    textOf(child.stderr),
    new Promise<number>((resolve, reject) => {
      child.on("error", reject).on("close", (code) => resolve(code ?? -1));
    }),
  ]);
  return { stdout, stderr, status };
}

async function textOf(stream: NodeJS.ReadableStream | null): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream ?? []) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
