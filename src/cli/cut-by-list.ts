import { UserError } from "../errors.ts";
import { type Keyed, keyedCodec } from "../inventory/keyed.ts";
import { compareKeys } from "../key.ts";
import { EvenCut } from "../ranges/even-cut.ts";
import { type Partition, partitionOf } from "../ranges/partition.ts";
import type { Codec } from "../record/codec.ts";
import { entryCodec } from "../record/entry.ts";
import { escapeColumn } from "../record/escape.ts";
import type { Pages } from "../stream/pages.ts";
import { readLists } from "../stream/read-lists.ts";
import { sortByKey } from "../stream/sort.ts";
import { endInputOnInterrupt, type Io } from "./io.ts";
import type { S3Address } from "./s3-address.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

interface CutValues {
  readonly ranges: number;
  readonly sort?: true;
}

/** Keys that are known already, and what they are called in an error. */
interface KnownKeys {
  readonly name: string;
  readonly keys: Pages<Keyed>;
}

/** Cuts by a list of entries. Throws a UserError where it is not in the order of keys. */
export async function cutByList(
  io: Io,
  address: S3Address,
  { ranges, sort }: CutValues,
  name: string,
): Promise<Partition> {
  endInputOnInterrupt(io);
  const entries = readLists(io, name, entryCodec);
  const keys = sort ? sorted(io, entries, entryCodec) : entries;
  return await cutByKeys(io, address, ranges, { name, keys });
}

/** Cuts by the keys of an inventory report, which come in no order. */
export async function cutByReport(
  io: Io,
  address: S3Address,
  { ranges }: CutValues,
  { name, keys }: KnownKeys,
): Promise<Partition> {
  return await cutByKeys(io, address, ranges, { name, keys: sorted(io, keys, keyedCodec) });
}

function sorted<T extends Keyed>(io: Io, pages: Pages<T>, codec: Codec<T>): Pages<T> {
  return sortByKey(pages, codec, { directory: temporaryDirectory(io) });
}

async function cutByKeys(
  io: Io,
  { prefix }: S3Address,
  ranges: number,
  { name, keys }: KnownKeys,
): Promise<Partition> {
  const even = new EvenCut(ranges);
  let last: string | undefined;
  for await (const page of keys) {
    io.interrupted.throwIfAborted();
    const found: string[] = [];
    for (const { key } of page) {
      if (last !== undefined) refuseDisorder(name, last, key);
      last = key;
      if (key.startsWith(prefix)) found.push(key);
    }
    even.add(even.sample(found.length, (i) => found[i]!));
  }
  return partitionOf(even, prefix);
}

function refuseDisorder(list: string, last: string, key: string): void {
  const order = compareKeys(last, key);
  if (order < 0) return;
  const what = order === 0 ? "has a key twice" : "is not in the order of keys";
  const name = JSON.stringify(list);
  throw new UserError(
    "usage",
    `cannot cut by the list: ${name} ${what}, at "${escapeColumn(key)}"`,
    { hint: order === 0 ? undefined : "let it be sorted: --sort" },
  );
}
