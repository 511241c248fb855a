import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { promisify } from "node:util";

/** How our own program is started from its sources. */
export const fromSources: readonly string[] = [
  process.execPath,
  join(import.meta.dirname, "../bin/campanile.ts"),
];

/**
 * How our own program is started: from the file that is named, or as who installs it does, from its
 * bundle, which is built into the directory at first. To strip the types of the sources takes half a
 * second of CPU, and as much again in each thread: a sixth of a short command.
 */
export async function ourProgram(directory: string, file?: string): Promise<readonly string[]> {
  if (file !== undefined) return [process.execPath, resolve(file)];
  const dist = join(directory, "dist");
  const bundle = join(dist, "campanile.mjs");
  if (!existsSync(bundle)) {
    const build = join(import.meta.dirname, "../scripts/build.ts");
    await promisify(execFile)(process.execPath, [build, "--bundle", dist]);
  }
  return [process.execPath, bundle];
}
