/**
 * Runs the tests on a real Hadoop and a real Hive: `test/hadoop/*.hadoop.ts`. They take minutes, so `test/run.ts` leaves
 * them out.
 *
 *     node test/run-hadoop.ts                                     installs what is missing, and runs all
 *     node test/run-hadoop.ts test/hadoop/diff.hadoop.ts          only these files
 *
 * Its exit status is that of `test/run.ts`, which starts the S3 servers, or 1 when Hadoop cannot be installed.
 */
import { spawnSync } from "node:child_process";
import { globSync } from "node:fs";

import { inCheckout } from "./support/servers/checkout.ts";

const args = process.argv.slice(2);
const isFile = (arg: string): boolean => !arg.startsWith("-");
const files = args.some(isFile) ? [] : globSync(inCheckout("test/hadoop/*.hadoop.ts")).sort();
const installed = spawnSync(inCheckout("scripts/hadoop/install.sh"), { stdio: "inherit" });
// One file after the other: each has a cluster of its own, which is enough for a few cores.
const run = [inCheckout("test/run.ts"), "--test-concurrency=1", ...args, ...files];
process.exitCode =
  installed.status === 0 ? (spawnSync(process.execPath, run, { stdio: "inherit" }).status ?? 1) : 1;
