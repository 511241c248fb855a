import { tmpdir } from "node:os";
import { UserError } from "../errors.ts";
import { compareKeys } from "../key.ts";
import { EvenCut, sampleOf } from "../ranges/even-cut.ts";
import { isDirectoryBucket } from "../ranges/list-in-turn.ts";
import type { KeyRange } from "../ranges/key-range.ts";
import {
  type Partition,
  partitionByListing,
  partitionByProbing,
  partitionOf,
} from "../ranges/partition.ts";
import { rangeLineCodec } from "../ranges/range-line.ts";
import { type Entry, entryCodec } from "../record/entry.ts";
import { escapeColumn } from "../record/escape.ts";
import { writeRecords } from "../stream/lines.ts";
import { pagesOf, tap } from "../stream/pages.ts";
import { sortByKey } from "../stream/sort.ts";
import type { PartitionValues } from "./commands/partition.ts";
import { endInputOnInterrupt, type Io, say } from "./io.ts";
import { mostListRequests } from "./list-options.ts";
import { readLists } from "./read-lists.ts";
import type { S3Address } from "./s3-address.ts";
import { withBucket } from "./with-bucket.ts";

const probesARange = 4;

/** From here on the ranges that come of probing are as good as cut by chance. */
const hopeless = 8;

/** Cuts a bucket into ranges and writes them, with what is known of them as a comment in front. */
export async function partitionBucket(
  io: Io,
  address: S3Address,
  values: PartitionValues,
): Promise<void> {
  const { bucket, prefix } = address;
  const { ranges, concurrency, quiet, from } = values;
  const options = { prefix, ranges, concurrency, signal: io.interrupted };
  const name = escapeColumn(`s3://${bucket}${prefix === "" ? "" : `/${prefix}`}`);
  if (from === undefined && isDirectoryBucket(bucket)) {
    throw new UserError(
      "usage",
      `cannot cut "${name}" into ranges: a directory bucket has no order of keys`,
      {
        hint: "list it by one line: echo , | campanile bucketlist --bucket " + bucket,
      },
    );
  }
  const work = { doing: `list "${name}"`, concurrency: concurrency ?? mostListRequests };
  await withBucket(io, { ...values, bucket }, work, async (open) => {
    let partition: Partition;
    if (from !== undefined) partition = await partitionByList(io, address, from, values);
    else if (values.exact) partition = await partitionByListing(await open(), options);
    else {
      const maxRequests = values.probes ?? probesARange * ranges;
      partition = await partitionByProbing(await open(), { ...options, maxRequests });
    }
    const lines = [name, describe(partition), ...partition.ranges];
    await writeRecords(io.stdout, pagesOf(lines), partFileCodec);
    if (quiet) return;
    say(io, `campanile partition: ${describe(partition)}; ${count(partition.requests, "request")}`);
    if (partition.keys === undefined && partition.largest >= hopeless) {
      say(io, `campanile: warning: how even these ranges are cannot be told by probing: ${advice}`);
    }
  });
}

const advice =
  "let it count the keys with --exact, or cut by a list with --from; bucketlist is right in any case, only slower";

const partFileCodec = {
  encode: (line: string | KeyRange): string =>
    typeof line === "string" ? `# ${line}` : rangeLineCodec.encode(line),
};

function describe({ ranges, keys, largest }: Partition): string {
  const times = largest.toFixed(largest < 10 ? 2 : 0);
  const these = count(ranges.length, "range");
  return keys === undefined
    ? `${these}, the largest perhaps ${times} times the mean, by probing`
    : `${these} of ${count(keys, "key")}, the largest ${times} times the mean, counted`;
}

/** Cuts by a list that is there already. */
async function partitionByList(
  io: Io,
  { prefix }: S3Address,
  list: string,
  { ranges, sort }: PartitionValues,
): Promise<Partition> {
  endInputOnInterrupt(io);
  const read = tap(readLists(io, list, entryCodec), () => io.interrupted.throwIfAborted());
  const directory = io.env["TMPDIR"] ?? tmpdir();
  const pages = sort === true ? sortByKey(read, entryCodec, { directory }) : read;
  const even = new EvenCut(ranges);
  let last: string | undefined;
  for await (const page of pages) {
    const entries: Entry[] = [];
    for (const entry of page) {
      const { key } = entry;
      if (last !== undefined && compareKeys(last, key) >= 0) throw unordered(list, last, key, sort);
      last = key;
      if (key.startsWith(prefix)) entries.push(entry);
    }
    even.add(sampleOf(entries.length, even.sampleEvery, (i) => entries[i]!.key));
  }
  return partitionOf(even, prefix);
}

function unordered(list: string, last: string, key: string, sort: true | undefined): UserError {
  const at = `at "${escapeColumn(key)}"`;
  const name = JSON.stringify(list);
  if (last === key) {
    return new UserError("usage", `cannot cut by the list: ${name} has a key twice, ${at}`);
  }
  return new UserError(
    "usage",
    `cannot cut by the list: ${name} is not in the order of keys, ${at}`,
    { hint: sort === true ? undefined : "let it be sorted: --sort" },
  );
}

function count(n: number, noun: string): string {
  return `${n.toLocaleString("en-US")} ${noun}${n === 1 ? "" : "s"}`;
}
