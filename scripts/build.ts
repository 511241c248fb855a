/**
 * Builds what is published, into `dist` or the directory that is named, or with `--bundle` only the first two of it:
 *
 * | | |
 * | --- | --- |
 * | `campanile.mjs` | the whole program in one file that needs nothing beside it: for npm, and for Hadoop's nodes |
 * | `campanile.mjs.LEGAL.txt` | the licenses of what is in it |
 * | `lib/` | the library, as JavaScript and types |
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { builtinModules } from "node:module";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";

import { build, type Metafile, type Plugin } from "esbuild";

const root = join(import.meta.dirname, "..");

/** As package.json's `engines`. */
const floor = "node22.19";

const banner = `#!/usr/bin/env node
import { createRequire } from "node:module";
const require = createRequire(import.meta.url);`;

async function main(args: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { bundle: { type: "boolean" } },
  });
  const directory = resolve(positionals[0] ?? join(root, "dist"));
  await mkdir(directory, { recursive: true });
  await Promise.all([
    bundle(join(directory, "campanile.mjs")),
    values.bundle === true ? undefined : library(join(directory, "lib")),
  ]);
}

async function bundle(file: string): Promise<void> {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: ["bin/campanile.ts"],
    outfile: file,
    bundle: true,
    platform: "node",
    format: "esm",
    target: floor,
    // Some dependencies are CommonJS and ask for Node's modules by `require`, which an ES module lacks.
    banner: { js: banner },
    // No `keepNames`: it defines the name of each closure anew whenever one is made, 3 % of a streamed copy. What is written in
    // the stack of a bug can be read all the same, since names are not made short.
    minifySyntax: true,
    legalComments: "external",
    plugins: [builtinsWhenNeeded],
    metafile: true,
    logLevel: "warning",
  });
  await chmod(file, 0o755);
  const legal = `${file}.LEGAL.txt`;
  const comments = await readFile(legal, "utf8").catch(() => "");
  await writeFile(legal, `${await licensesOf(metafile)}\n${comments}`);
}

/**
 * Has each module of the bundle load Node's own modules when it is run itself. Else all their imports would stand at the head of the file,
 * and `campanile --version` would load node:http and node:tls, which take longer than all the rest.
 */
const builtinsWhenNeeded: Plugin = {
  name: "builtins-when-needed",
  setup(build) {
    const namespace = "builtin";
    build.onResolve({ filter: /./ }, ({ path, kind, namespace: from }) => {
      const name = path.replace(/^node:/, "");
      if (kind !== "import-statement" || !builtinModules.includes(name)) return undefined;
      return from === namespace ? undefined : { path: `node:${name}`, namespace };
    });
    build.onLoad({ filter: /./, namespace }, ({ path }) => ({
      contents: `module.exports = require(${JSON.stringify(path)});`,
    }));
  },
};

/** The licenses of all packages of which something is in the bundle: most ask to be passed on with every copy. */
async function licensesOf({ inputs }: Metafile): Promise<string> {
  const packages = new Set<string>();
  for (const path of Object.keys(inputs)) {
    const found = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path);
    if (found !== null) packages.add(found[0]);
  }
  const titles = new Map([[await readFile(join(root, "LICENSE"), "utf8"), ["campanile"]]]);
  for (const path of [...packages].sort()) {
    const directory = join(root, path);
    const about = JSON.parse(await readFile(join(directory, "package.json"), "utf8")) as {
      readonly name: string;
      readonly version: string;
      readonly license?: string;
    };
    const file = (await readdir(directory)).find((name) => /^licen[cs]e/i.test(name));
    const text = file === undefined ? "" : await readFile(join(directory, file), "utf8");
    const title = `${about.name} ${about.version} (${about.license})`;
    // A dozen packages have the same one.
    titles.set(text, [...(titles.get(text) ?? []), title]);
  }
  const rule = `\n${"-".repeat(80)}\n`;
  return Array.from(titles, ([text, names]) => `${names.join("\n")}\n\n${text.trim()}\n`).join(
    rule,
  );
}

async function library(directory: string): Promise<void> {
  await rm(directory, { recursive: true, force: true });
  const tsc = join(root, "node_modules/.bin/tsc");
  const args = ["-p", "tsconfig.build.json", "--outDir", directory];
  // What it has to say of the sources is for who builds.
  const child = spawn(tsc, args, { cwd: root, stdio: "inherit" });
  const [status] = (await once(child, "exit")) as [number | null];
  if (status !== 0) throw new Error("the library cannot be built: tsc found errors");
}

await main(process.argv.slice(2));
