/**
 * Measures what it takes to list a whole bucket by many requests at a time: requests to the least number there can be, time to that of
 * the least number with no time between them, CPU, and memory. `npm run bench -- listings` asks for all of it.
 *
 *     node bench/list-parallel.ts                          ten million keys of each shape, 64 requests at a time
 *     node bench/list-parallel.ts logs utf8                only these shapes: logs, hex, seq, utf8, uuid, dates, skew
 *     node bench/list-parallel.ts --keys 1000000           another number of keys
 *     node bench/list-parallel.ts --concurrency 256        or 0: as many as pay
 *     node bench/list-parallel.ts --latency-ms 20          what the server waits before each answer
 *     node bench/list-parallel.ts --ordered                in the order of keys
 *
 * The table goes to standard output. A machine that is busy with other things makes time, and through it requests, look worse.
 */
import { parseArgs } from "node:util";

import { openWorkshop } from "./go.ts";
import { listingsTable } from "./listings-table.ts";
import { measureListings, shapes } from "./listings.ts";
import { ourProgram } from "./our-program.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    keys: { type: "string", default: "10000000" },
    concurrency: { type: "string", default: "64" },
    "latency-ms": { type: "string", default: "60" },
    ordered: { type: "boolean", default: false },
  },
});
const listings = (positionals.length > 0 ? positionals : shapes).map((shape) => ({
  shape,
  keys: Number(values.keys),
  concurrency: Number(values.concurrency),
  ordered: values.ordered,
}));
const workshop = await openWorkshop();
try {
  const rows = await measureListings(
    workshop,
    await ourProgram(workshop.directory),
    listings,
    {
      begins: (what) => process.stderr.write(`bench: ${what}\n`),
      failed(error) {
        throw error;
      },
    },
    Number(values["latency-ms"]),
  );
  process.stdout.write(`${listingsTable(rows)}\n`);
} finally {
  await workshop.remove();
}
