import { UserError } from "../errors.ts";
import { checkCut, type CheckedCut } from "../ranges/check-cut.ts";
import { cutFaultCodec } from "../ranges/cut-fault.ts";
import { type NumberedLine, numberedLines } from "../ranges/numbered-line.ts";
import { escapeColumn } from "../record/escape.ts";
import { writeRecords } from "../stream/lines.ts";
import { collect, pagesOf, tap } from "../stream/pages.ts";
import { readLists } from "../stream/read-lists.ts";
import type { PartitionValues } from "./commands/partition.ts";
import { endInputOnInterrupt, type Io, say } from "./io.ts";
import type { S3Address } from "./s3-address.ts";
import { withBucket } from "./with-bucket.ts";

const defaultConcurrency = 8;

/** Nobody reads more, and a file with so many is repaired by cutting anew. */
const maxFaults = 10_000;

/**
 * Checks a part file and writes what it misses and what it lists twice. Throws a UserError of exit
 * status 6 when there is something, and of 1 when nothing was found but not all could be looked at.
 */
export async function checkPartFile(
  io: Io,
  { bucket, prefix }: S3Address,
  file: string,
  values: PartitionValues,
): Promise<void> {
  const { concurrency = defaultConcurrency, maxRequests, quiet } = values;
  endInputOnInterrupt(io);
  const name = escapeColumn(`s3://${bucket}${prefix === "" ? "" : `/${prefix}`}`);
  const work = { doing: `list "${name}"`, concurrency };
  await withBucket(io, { ...values, bucket }, work, async (open) => {
    const signal = io.interrupted;
    const read = tap(readLists(io, file, numberedLines()), () => signal.throwIfAborted());
    const lines: readonly NumberedLine[] = await collect(read);
    const options = { prefix, open, concurrency, maxRequests, maxFaults, signal };
    const checked = await checkCut(lines, options);
    await writeRecords(io.stdout, pagesOf(checked.faults), cutFaultCodec);
    if (!quiet) say(io, `campanile partition: ${describe(checked, lines, name)}`);
    if (checked.faults.some(({ kind }) => kind === "missing") && !quiet) {
      say(
        io,
        "  to list what is missing, add it to the part file: … | sed -n 's/^missing/range/p'",
      );
    }
    if (checked.faults.length > 0) throw new UserError("different", "");
    if (checked.extent === "all") return;
    throw new UserError(
      "failed",
      `cannot tell whether ${JSON.stringify(file)} lists every key once, not with ${count(maxRequests, "list request")}`,
      {
        hint: "lines with a delimiter have many keys or prefixes right behind it; to ask for more: --max-requests",
      },
    );
  });
}

function describe(checked: CheckedCut, lines: readonly NumberedLine[], name: string): string {
  const { faults, emptyFaults, requests, extent } = checked;
  const cut = lines.filter(({ keys }) => keys !== undefined).length;
  const missing = faults.filter(({ kind }) => kind === "missing").length;
  const twice = faults.length - missing;
  const more = extent === "all" ? "" : ", and perhaps more";
  const found =
    faults.length > 0
      ? `${count(cut, "line")} of "${name}": ${count(missing, "range")} missing, ${count(twice, "range")} listed twice${more}`
      : extent === "all"
        ? `${count(cut, "line")} ${cut === 1 ? "lists" : "list"} every key of "${name}" once`
        : `${count(cut, "line")} of "${name}": no fault found so far`;
  const later =
    emptyFaults === 0
      ? ""
      : `; ${count(emptyFaults, "range")} without keys now, in no line or in several, would matter for new ones`;
  return `${found}; ${count(requests, "list request")}${later}`;
}

function count(n: number, noun: string): string {
  return `${n.toLocaleString("en-US")} ${noun}${n === 1 ? "" : "s"}`;
}
