/**
 * Measures what Campanile's hot paths and its commands cost, and what the same work costs others. `npm run bench -- --help` tells how.
 *
 * The tables go to standard output; the exit status is 0 whether goals are reached or not, for another machine has other numbers.
 */
import { writeFile } from "node:fs/promises";

import { BenchError } from "./bench-error.ts";
import { openWorkshop, type Workshop } from "./go.ts";
import { allListings, type ListingRow, measureListings } from "./listings.ts";
import type { Row } from "./measured.ts";
import { measure } from "./measure.ts";
import { help, type Options, readOptions } from "./options.ts";
import { ourProgram } from "./our-program.ts";
import { installPeers } from "./peers.ts";
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
    const startedAt = new Date();
    const workshop = await openWorkshop();
    try {
      const rows = await measureQuestions(workshop, options);
      const listings = options.listings ? await measureAllListings(workshop, options) : [];
      const found = { startedAt, rows, listings };
      if (options.json !== undefined) {
        await writeJson(options.json, found);
      }
      process.stdout.write(reportOf(found, options));
    } finally {
      await workshop.remove();
    }
    return 0;
  } catch (error) {
    if (interrupted) return 130;
    if (!(error instanceof BenchError)) throw error;
    say(error.message);
    return error.status;
  }
}

async function measureQuestions(workshop: Workshop, options: Options): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const wire of options.wires) {
    const asked = options.questions.filter(({ onlyPlain }) => wire === "plain" || !onlyPlain);
    if (asked.length === 0) continue;
    const stub = await startStub(workshop, wire);
    try {
      for (const question of asked) {
        const onRun = (client: string): void => say(`${question.name}, ${wire}: ${client}`);
        rows.push(
          ...(await measure(question, stub, {
            ...options,
            workshop,
            program: ourProgram(options.program),
            // Others are slow, and TLS adds little to what they take.
            others: wire === options.wires[0],
            peers: options.peers && wire === options.wires[0],
            onRun,
          })),
        );
      }
    } finally {
      await stub.stop();
    }
  }
  return rows;
}

function measureAllListings(workshop: Workshop, options: Options): Promise<readonly ListingRow[]> {
  const listings = allListings(options.size, options.peers);
  return measureListings(workshop, ourProgram(options.program), listings, (row) => {
    const { shape, peer = "campanile", concurrency, ordered } = row;
    say(`listed ${shape}: ${peer}, ${concurrency} at a time${ordered ? ", in order" : ""}`);
  });
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
