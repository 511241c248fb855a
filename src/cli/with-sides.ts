import type { BothBuckets } from "../compare/ask-objects.ts";
import { UserError } from "../errors.ts";
import type { ListAddress } from "../listing-sources/list-address.ts";
import { openListing, type OpenedListing } from "../listing-sources/open-listing.ts";
import { onlyBelow, relativeKeys } from "../listing-sources/relative-keys.ts";
import type { Entry } from "../record/entry.ts";
import { escapeColumn } from "../record/escape.ts";
import type { Side, Sided } from "../record/sided.ts";
import { OutputClosed } from "../stream/lines.ts";
import { merge, type MergeOptions, OutOfOrderError } from "../stream/merge.ts";
import type { Pages } from "../stream/pages.ts";
import { WaitingPages } from "../stream/waiting-pages.ts";
import { Connections } from "./connections.ts";
import { endInputOnInterrupt, type Io } from "./io.ts";
import { listAddress } from "./list-address.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

/** The options of a command that compares two sides; those of the connections are named as a copy names them. */
export interface SidesValues {
  readonly sort?: true;
  readonly concurrency?: number;
}

/** Two listings that are compared. */
export interface ComparedSides {
  /** Reads both as one, in the order of keys. Where both are addresses these are relative: without the prefix of their side. */
  merged(options?: MergeOptions): Pages<Sided<Entry>>;
  /** What stands before relative keys. */
  readonly prefixes: Readonly<Record<Side, string>>;
  /** How many requests a side was sent: tries after a failure are counted too. */
  readonly requests: Readonly<Record<Side, number>>;
  /** Connects to the buckets that the objects are in. Undefined where a list does not tell of which bucket it is. */
  readonly openBuckets: (() => Promise<BothBuckets>) | undefined;
}

/**
 * Does a piece of work that only reads, on two listings, each named by an address as a person gives it. Turns into a UserError what S3
 * answers, and what is wrong with the order of a list; an output that nobody reads any more ends it in peace.
 */
export async function withSides(
  io: Io,
  names: Readonly<Record<Side, string>>,
  values: SidesValues,
  {
    doing,
    command,
    cutOff,
  }: {
    readonly doing: string;
    readonly command: string;
    /** What to tell where nobody reads the output to its end. */
    readonly cutOff: () => UserError | undefined;
  },
  work: (sides: ComparedSides) => Promise<void>,
): Promise<void> {
  const addresses = { source: listAddress(names.source), target: listAddress(names.target) };
  if (names.source === "-" && names.target === "-") {
    throw new UserError("usage", "cannot read both lists from standard input", {
      hint: `write one of them to a file, as in: campanile ${command} - copies.tsv < photos.tsv`,
    });
  }
  if (names.source === "-" || names.target === "-") endInputOnInterrupt(io);
  const connections = new Connections(io, values, values.concurrency);
  const waiting = new WaitingPages({ directory: temporaryDirectory(io) });
  const open = (side: Side): Promise<OpenedListing> =>
    openListing(addresses[side], {
      openBucket: (name) => connections.open(side, name),
      stdin: io.stdin,
      directory: temporaryDirectory(io),
      signal: io.interrupted,
      ordered: true,
      sort: values.sort,
      live: { concurrency: values.concurrency, waiting },
    });
  try {
    const [source, target] = [await open("source"), await open("target")];
    const { entries, prefixes } = alike(addresses, { source, target });
    await work({
      merged: (options) => merge(entries.source, entries.target, options),
      prefixes,
      requests: connections.requests,
      openBuckets: opener(connections, source, target),
    });
  } catch (error) {
    if (error instanceof OutputClosed) {
      const told = cutOff();
      if (told === undefined) return;
      throw told;
    }
    if (io.interrupted.aborted) throw new UserError("interrupted", "interrupted");
    if (error instanceof OutOfOrderError) throw disorder(error, names, values, command);
    throw connections.explain(error, doing);
  } finally {
    waiting.close();
    await connections.close();
  }
}

/**
 * Makes keys of both sides comparable: of two addresses those below their prefixes; where one side is a list, whole keys, and those
 * alone that begin with the other's prefix.
 */
function alike(
  addresses: Readonly<Record<Side, ListAddress>>,
  { source, target }: Readonly<Record<Side, OpenedListing>>,
): {
  readonly entries: Readonly<Record<Side, Pages<Entry>>>;
  readonly prefixes: Readonly<Record<Side, string>>;
} {
  const prefixOf = (address: ListAddress): string =>
    address.kind === "bucket" ? address.prefix : "";
  const prefixes = { source: prefixOf(addresses.source), target: prefixOf(addresses.target) };
  if (addresses.source.kind === "bucket" && addresses.target.kind === "bucket") {
    const below = (entries: Pages<Entry>, prefix: string): Pages<Entry> =>
      prefix === "" ? entries : relativeKeys(entries, prefix);
    return {
      entries: {
        source: below(source.entries, prefixes.source),
        target: below(target.entries, prefixes.target),
      },
      prefixes,
    };
  }
  const only = (entries: Pages<Entry>, prefix: string): Pages<Entry> =>
    prefix === "" ? entries : onlyBelow(entries, prefix);
  return {
    entries: {
      source: only(source.entries, prefixes.target),
      target: only(target.entries, prefixes.source),
    },
    prefixes: { source: "", target: "" },
  };
}

function opener(
  connections: Connections,
  { bucket: source }: OpenedListing,
  { bucket: target }: OpenedListing,
): ComparedSides["openBuckets"] {
  if (source === undefined || target === undefined) return undefined;
  return async () => ({
    source: await connections.open("source", source.name),
    target: await connections.open("target", target.name),
  });
}

function disorder(
  { side, key }: OutOfOrderError,
  names: Readonly<Record<Side, string>>,
  { sort }: SidesValues,
  command: string,
): UserError {
  const name = names[side];
  const cannot = (why: string): string =>
    `cannot compare the lists: ${JSON.stringify(name)} ${why}, at "${escapeColumn(key)}"`;
  if (sort || listAddress(name).kind !== "lists") {
    return new UserError("usage", cannot("has a key twice"), {
      hint: `lines of a part file that overlap list a key twice; to drop what is equal: sort -u ${name}`,
    });
  }
  return new UserError("usage", cannot("is not in the order of keys, or has a key twice"), {
    hint: `let it be sorted: campanile ${command} --sort ${names.source} ${names.target}`,
  });
}
