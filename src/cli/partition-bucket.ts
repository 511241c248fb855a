import { UserError } from "../errors.ts";
import { type InventoryReport, reportInS3, reportOnDisk } from "../inventory/report.ts";
import { isDirectoryBucket } from "../ranges/list-in-turn.ts";
import type { KeyRange } from "../ranges/key-range.ts";
import { type Partition, partitionByListing, partitionByProbing } from "../ranges/partition.ts";
import { rangeLineCodec } from "../ranges/range-line.ts";
import { escapeColumn } from "../record/escape.ts";
import type { S3Bucket } from "../s3/client.ts";
import { writeRecords } from "../stream/lines.ts";
import { pagesOf } from "../stream/pages.ts";
import type { PartitionValues } from "./commands/partition.ts";
import { cutByList, cutByReport } from "./cut-by-list.ts";
import { type Io, say } from "./io.ts";
import { mostListRequests } from "./list-options.ts";
import { inventoryKeys } from "./read-inventory.ts";
import { s3Address, type S3Address } from "./s3-address.ts";
import { temporaryDirectory } from "./temporary-directory.ts";
import { withBucket } from "./with-bucket.ts";

/** Half of them list a bucket of twice as many thousands of keys; more make the ranges hardly more even. */
const probesARange = 4;

/** From here on the ranges that come of probing are as good as cut by chance. */
const hopeless = 16;

/** Cuts a bucket into ranges and writes them, with what is known of them as a comment in front. */
export async function partitionBucket(
  io: Io,
  address: S3Address,
  values: PartitionValues,
): Promise<void> {
  const { bucket, prefix } = address;
  const { concurrency = mostListRequests, quiet, fromInventory } = values;
  const name = escapeColumn(`s3://${bucket}${prefix === "" ? "" : `/${prefix}`}`);
  refuseDirectoryBucket(bucket, name, values);
  const report = fromInventory?.startsWith("s3://") ? s3Address(fromInventory) : undefined;
  const work = report
    ? { doing: `read "${fromInventory}"`, operation: "GetObject", concurrency }
    : { doing: `list "${name}"`, concurrency };
  await withBucket(io, { ...values, bucket: report?.bucket ?? bucket }, work, async (open) => {
    const partition = report
      ? await cutByReport(io, address, values, {
          name: fromInventory!,
          keys: inventoryKeys(
            async () => reportInS3(await open(), report.prefix, io.interrupted),
            bucket,
            temporaryDirectory(io),
          ),
        })
      : await cut(io, address, values, open);
    const lines = [name, describe(partition), ...partition.ranges];
    await writeRecords(io.stdout, pagesOf(lines), partFileCodec);
    if (quiet) return;
    say(
      io,
      `campanile partition: ${describe(partition)}; ${count(partition.requests, "list request")}`,
    );
    if (partition.keys === undefined && partition.largestAtWorst >= hopeless) {
      say(io, `campanile: warning: how even these ranges are cannot be told by probing: ${advice}`);
    }
  });
}

async function cut(
  io: Io,
  address: S3Address,
  values: PartitionValues,
  open: () => Promise<S3Bucket>,
): Promise<Partition> {
  const { ranges, concurrency, from, fromInventory } = values;
  if (fromInventory !== undefined) {
    const open = (): Promise<InventoryReport> => reportOnDisk(fromInventory);
    const keys = inventoryKeys(open, address.bucket, temporaryDirectory(io));
    return await cutByReport(io, address, values, { name: fromInventory, keys });
  }
  if (from !== undefined) return await cutByList(io, address, values, from);
  const options = { prefix: address.prefix, ranges, concurrency, signal: io.interrupted };
  if (values.exact) return await partitionByListing(await open(), options);
  const maxRequests = values.probes ?? probesARange * ranges;
  return await partitionByProbing(await open(), { ...options, maxRequests });
}

function refuseDirectoryBucket(bucket: string, name: string, { xS3 }: PartitionValues): void {
  if (!xS3 && !isDirectoryBucket(bucket)) return;
  throw new UserError(
    "usage",
    `cannot cut "${name}" into ranges: a directory bucket has no order of keys`,
    {
      hint: `list it by one line: echo , | campanile bucketlist --bucket ${bucket}${xS3 ? " --x-s3" : ""}`,
    },
  );
}

const advice =
  "let it count the keys with --exact, or cut by a list with --from; bucketlist is right in any case, only slower";

const partFileCodec = {
  encode: (line: string | KeyRange): string =>
    typeof line === "string" ? `# ${line}` : rangeLineCodec.encode(line),
};

function describe({ ranges, keys, largest, largestAtWorst }: Partition): string {
  const these = count(ranges.length, "range");
  return keys === undefined
    ? `${these}, the largest about ${Math.round(largest)} times the mean, at worst ${Math.round(largestAtWorst)}, by probing`
    : `${count(keys, "key")} in ${these}, the largest ${largest.toFixed(2)} times the mean, counted`;
}

function count(n: number, noun: string): string {
  return `${n.toLocaleString("en-US")} ${noun}${n === 1 ? "" : "s"}`;
}
