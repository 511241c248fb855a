/**
 * Measures what it takes to list a whole bucket by many requests at a time: requests to the least number there can be, time to that of
 * the least number with no time between them, CPU, and memory.
 *
 *     node bench/list-parallel.ts                          ten million keys of each shape, 64 requests at a time
 *     node bench/list-parallel.ts logs utf8                only these shapes: logs, hex, seq, utf8
 *     node bench/list-parallel.ts --keys 1000000           another number of keys
 *     node bench/list-parallel.ts --concurrency 256        or 0: as many as pay
 *     node bench/list-parallel.ts --latency-ms 20          what the server waits before each answer
 *     node bench/list-parallel.ts --ordered                in the order of keys, each page held as the lines of its entries
 *
 * The table goes to standard output. A machine that is busy with other things makes time, and through it requests, look worse.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { parseArgs } from "node:util";

import { writeEntryLines } from "../src/listing/entry-lines.ts";
import { entryOf } from "../src/listing/listed-entry.ts";
import type { ListedObjects } from "../src/ranges/listed-page.ts";
import { listParallelAs } from "../src/ranges/list-parallel.ts";
import { entryCodec } from "../src/record/entry.ts";
import { LineBuffer } from "../src/stream/line-buffer.ts";
import { connect } from "./connect.ts";
import type { Measured } from "./measured.ts";
import { startStub } from "./stub.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    keys: { type: "string", default: "10000000" },
    concurrency: { type: "string", default: "64" },
    "latency-ms": { type: "string", default: "60" },
    ordered: { type: "boolean", default: false },
    endpoint: { type: "string" },
  },
});
const keys = Number(values.keys);
const concurrency = Number(values.concurrency);
const latencyMs = Number(values["latency-ms"]);
const { ordered, endpoint } = values;

/** What the lines of a page are put together in. */
const buffer = new LineBuffer();

if (endpoint === undefined) await measureAll();
else await listOnce(endpoint, positionals[0]!);

/** Lists each shape in a process of its own, so that its memory and its CPU are its own. */
async function measureAll(): Promise<void> {
  const shapes = positionals.length > 0 ? positionals : ["logs", "hex", "seq", "utf8"];
  const stub = await startStub(["-list-latency", `${latencyMs}ms`]);
  const write = (cells: readonly string[]): void => {
    process.stdout.write(`| ${cells.join(" | ")} |\n`);
  };
  try {
    write(["keys", "requests", "to ideal", "seconds", "to ideal", "CPU a key", "peak memory"]);
    write(["---", "---:", "---:", "---:", "---:", "---:", "---:"]);
    for (const shape of shapes) {
      await stub.reset();
      const args = [...process.argv.slice(2), "--endpoint", stub.endpoint, `${shape}-${keys}`];
      const child = fork(
        import.meta.filename,
        args.filter((arg) => !shapes.includes(arg)),
      );
      const exited = once(child, "exit").then(([code]) => {
        throw new Error(`listing ${shape} failed: exit status ${code}`);
      });
      const [measured] = (await Promise.race([once(child, "message"), exited])) as [Measured];
      exited.catch(() => {});
      const { requests } = await stub.stats();
      const leastRequests = Math.ceil(keys / 1000);
      const leastMs = (leastRequests * latencyMs) / (concurrency || 64);
      write([
        `${shape}-${keys}`,
        String(requests),
        (requests / leastRequests).toFixed(3),
        (measured.wallMs / 1000).toFixed(1),
        (measured.wallMs / leastMs).toFixed(2),
        `${((measured.cpuMs * 1000) / keys).toFixed(2)} us`,
        `${Math.round(measured.peakBytes / 1e6)} MB`,
      ]);
    }
  } finally {
    await stub.stop();
  }
}

async function listOnce(endpoint: string, name: string): Promise<void> {
  const [bucket] = await connect(endpoint, concurrency || 64, [name]);
  const options = { ordered, concurrency: concurrency || undefined };
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  let count = 0;
  for await (const page of listParallelAs(bucket!, options, ordered ? linesOf : countOf)) {
    count += page.count;
  }
  const wallMs = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(cpuBefore);
  await bucket!.s3.close();
  if (count !== keys) throw new Error(`${count} keys came, not ${keys}`);
  const measured: Measured = {
    cpuMs: (user + system) / 1000,
    wallMs,
    peakBytes: process.resourceUsage().maxRSS * 1024,
  };
  process.send!(measured);
  process.disconnect!();
}

interface Taken {
  readonly count: number;
  readonly lines?: Buffer;
}

function countOf({ count, rows }: ListedObjects): Taken {
  rows.release();
  return { count };
}

function linesOf(page: ListedObjects): Taken {
  const { count, rows } = page;
  if (count === rows.count) writeEntryLines(rows, buffer);
  else for (const object of page.objects) buffer.addText(`${entryCodec.encode(entryOf(object))}\n`);
  const lines = Buffer.from(buffer.written());
  buffer.clear();
  rows.release();
  return { count, lines };
}
