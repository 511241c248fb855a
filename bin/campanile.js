#!/usr/bin/env node
// Starts campanile from its sources in a checkout and from its bundle in a package. Plain JavaScript, so that a Node
// that is too old for either can say so.
import { existsSync } from "node:fs";

const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 19)) {
  process.stderr.write(
    `campanile: cannot run on Node ${process.versions.node}: it needs 22.19 or newer\n  in a checkout the project's own does: npx campanile --help\n`,
  );
  process.exitCode = 1;
} else {
  const source = new URL("./campanile.ts", import.meta.url);
  const bundle = new URL("../dist/campanile.mjs", import.meta.url);
  await import(existsSync(source) ? source : bundle);
}
