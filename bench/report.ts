import { execFileSync } from "node:child_process";
import { cpus, release, totalmem, type } from "node:os";

import { version } from "../src/version.ts";
import type { ListingRow } from "./listings.ts";
import { listingsTable } from "./listings-table.ts";
import type { Row } from "./measured.ts";
import type { Options } from "./options.ts";
import { peerProgram } from "./peers.ts";
import { questions } from "./questions.ts";
import { tableOf } from "./table.ts";
import { listingVerdicts, verdictsOf } from "./verdicts.ts";

/** What was found. */
export interface Found {
  readonly startedAt: Date;
  readonly rows: readonly Row[];
  readonly listings: readonly ListingRow[];
}

/** Writes what was found for people: its tables, and which goals are reached. */
export function reportOf({ startedAt, rows, listings }: Found, options: Options): string {
  const { markdown, size } = options;
  // What is little is mostly the start of the program.
  const verdicts =
    size === "full" ? [...verdictsOf(questions, rows), ...listingVerdicts(listings)] : [];
  const parts: string[] = [];
  if (markdown) parts.push(surroundings(startedAt, options));
  if (rows.length > 0) parts.push(tableOf(rows));
  if (listings.length > 0) parts.push(listingsTable(listings));
  if (verdicts.length > 0) parts.push(list(verdicts, markdown));
  return `${parts.join("\n\n")}\n`;
}

function list(lines: readonly string[], markdown: boolean): string {
  return lines.map((line) => (markdown ? `- ${line}` : line)).join("\n");
}

/** Says where, when and with what the numbers were found. */
function surroundings(startedAt: Date, { size, runs, peers }: Options): string {
  const processors = cpus();
  const machine = `${processors.length} cores of ${processors[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB`;
  const versions = [
    `campanile ${version}`,
    `Node ${process.versions.node}`,
    firstLine("go", ["version"]).replace(/^go version go(\S+).*/, "Go $1"),
    ...(peers ? peerVersions() : []),
  ];
  const minutes = ((Date.now() - startedAt.getTime()) / 60_000).toFixed(1);
  const many = runs === 1 ? "one run" : `the best of ${runs} runs`;
  const work = size === "full" ? "all of the work" : `${size} work`;
  return `On ${startedAt.toISOString().slice(0, 16).replace("T", " ")} UTC, on ${machine}, ${type()} ${release()}; ${versions.join(", ")}; ${work}, ${many}; in ${minutes} minutes.`;
}

function peerVersions(): readonly string[] {
  return [
    `s5cmd ${firstLine(peerProgram("s5cmd"), ["version"])}`,
    firstLine(peerProgram("rclone"), ["version"]),
    firstLine(peerProgram("aws"), ["--version"]).replace(/ .*/, ""),
  ];
}

function firstLine(program: string, args: readonly string[]): string {
  return execFileSync(program, args).toString().split("\n")[0]!.trim();
}
