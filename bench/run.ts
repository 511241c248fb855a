/**
 * Measures what Campanile's hot paths and its commands cost, and what the same work costs others. `npm run bench -- --help` tells how.
 *
 * The tables go to standard output. The exit status is 0 whether goals are reached or not, for another machine has other numbers, and 1 when a
 * client could not do its work.
 */
import { writeFile } from "node:fs/promises";

import { BenchError } from "./bench-error.ts";
import { openWorkshop, type Workshop } from "./go.ts";
import { allListings, measureListings } from "./listings.ts";
import type { Row } from "./measured.ts";
import { measure } from "./measure.ts";
import { help, type Options, readOptions } from "./options.ts";
import { ourProgram } from "./our-program.ts";
import { installPeers } from "./peers.ts";
import type { Progress } from "./progress.ts";
import { reportOf } from "./report.ts";
import { startStub } from "./stub.ts";

// Who is measured is interrupted by the same Ctrl-C, which ends the measuring, and what was built is removed.
let interrupted = false;
process.on("SIGINT", () => (interrupted = true));

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  try {
    const options = readOptions(args);
    if (options.help) {
      process.stdout.write(help);
      return 0;
    }
    // Where nothing can be written, that is better known before the minutes of measuring.
    if (options.json !== undefined) await writeJson(options.json, {});
    if (options.peers) await installPeers();
    const workshop = await openWorkshop();
    try {
      return await measureAll(workshop, options);
    } finally {
      await workshop.remove();
    }
  } catch (error) {
    if (interrupted) return 130;
    if (!(error instanceof BenchError)) throw error;
    say(error.message);
    return error.status;
  }
}

async function measureAll(workshop: Workshop, options: Options): Promise<number> {
  const startedAt = new Date();
  let failures = 0;
  const progress: Progress = {
    begins: say,
    failed(error) {
      if (interrupted) throw error;
      failures++;
      say(error.message);
    },
  };
  const rows = await measureQuestions(workshop, options, progress);
  const listings = options.listings
    ? await measureListings(
        workshop,
        await ourProgram(workshop.directory, options.program),
        allListings(options.size, options.peers),
        progress,
      )
    : [];
  const found = { startedAt, rows, listings };
  if (options.json !== undefined) await writeJson(options.json, found);
  process.stdout.write(reportOf(found, options));
  return failures > 0 ? 1 : 0;
}

async function measureQuestions(
  workshop: Workshop,
  options: Options,
  progress: Progress,
): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const wire of options.wires) {
    const asked = options.questions.filter(({ onlyPlain }) => wire === "plain" || !onlyPlain);
    if (asked.length === 0) continue;
    // Others are slow, and with TLS there is nothing more to be learned of them.
    const others = wire === options.wires[0];
    const peers = options.peers && others;
    const program = await ourProgram(workshop.directory, options.program);
    const stub = await startStub(workshop, wire);
    try {
      for (const question of asked) {
        const how = { ...options, workshop, program, others, peers, progress };
        rows.push(...(await measure(question, stub, how)));
      }
    } finally {
      await stub.stop();
    }
  }
  return rows;
}

async function writeJson(file: string, value: object): Promise<void> {
  try {
    await writeFile(file, `${JSON.stringify(value, undefined, 2)}\n`);
  } catch (error) {
    throw new BenchError(`cannot write ${JSON.stringify(file)}: ${(error as Error).message}`);
  }
}

function say(text: string): void {
  process.stderr.write(`bench: ${text}\n`);
}
