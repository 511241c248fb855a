import { askObjects } from "../compare/ask-objects.ts";
import type { CompareMode } from "../compare/compare-mode.ts";
import type { Verdict } from "../compare/compare-entries.ts";
import { DiffSummary, diffSummaryJson, diffSummaryLines } from "../compare/diff-summary.ts";
import { Counters } from "../counters.ts";
import { UserError } from "../errors.ts";
import { jsonForm } from "../listing/list-form.ts";
import { type Entry, entryCodec } from "../record/entry.ts";
import type { Side } from "../record/sided.ts";
import { diff } from "../stages/diff.ts";
import { writeRecords } from "../stream/lines.ts";
import { type Pages, pagesOf } from "../stream/pages.ts";
import { type Io, say } from "./io.ts";
import { mostListRequests } from "./list-options.ts";
import { type ComparedSides, type SidesValues, withSides } from "./with-sides.ts";

/** The options of `diff`. */
export interface DiffValues extends SidesValues {
  readonly compare: CompareMode;
  readonly toCopy?: true;
  readonly summary?: true;
  readonly json?: true;
  readonly quiet: boolean;
}

/**
 * Compares two listings and writes the difference. Throws a UserError of exit status 6 and without a
 * message when there is one: that it differs is the answer to the question, and not a failure.
 */
export async function printDiff(
  io: Io,
  names: Readonly<Record<Side, string>>,
  values: DiffValues,
): Promise<void> {
  const { compare, toCopy = false, summary: isSummary, json, quiet } = values;
  const doing = `compare ${JSON.stringify(names.source)} with ${JSON.stringify(names.target)}`;
  const summary = new DiffSummary();
  const differs = (): boolean =>
    toCopy ? summary.added.objects + summary.changed.objects > 0 : summary.isDifferent;
  // Whoever stopped reading has read, or would have, that they differ.
  const cutOff = (): UserError | undefined =>
    differs() ? new UserError("different", "") : undefined;
  await withSides(io, names, values, { doing, command: "diff", cutOff }, async (sides) => {
    const ask = askerOf(sides, io.interrupted);
    if (compare === "checksum" && ask === undefined) throw cannotAsk(names);
    const changes = diff.run(
      sides.merged({ onSame: isToldByBytes(compare) ? summary.addSame.bind(summary) : undefined }),
      {
        counters: new Counters(),
        concurrency: values.concurrency ?? mostListRequests,
        signal: io.interrupted,
        all: !toCopy,
        compare,
        ask,
        onFound: summary.add.bind(summary),
      },
    );
    if (isSummary) {
      for await (const page of changes) void page;
      const lines = json ? [diffSummaryJson(summary)] : diffSummaryLines(summary);
      await writeRecords(io.stdout, pagesOf(lines), { encode: String });
    } else {
      const form = json ? jsonForm(changeNames) : entryCodec;
      await writeRecords(io.stdout, withPrefixes(changes, sides.prefixes), form);
    }
    if (!quiet) say(io, `campanile diff: ${describe(summary)}`);
    if (differs()) throw new UserError("different", "");
  });
}

const changeNames = [
  "change",
  "by",
  "key",
  "etag",
  "size",
  "mtime",
  "class",
  "version",
  "replaces",
] as const;

/** Whether pairs that are the same by key, ETag and size need no look at what else there is. */
function isToldByBytes(compare: CompareMode): boolean {
  return compare === "auto" || compare === "etag" || compare === "size";
}

function askerOf(
  { openBuckets, prefixes }: ComparedSides,
  signal: AbortSignal,
): ((source: Entry, target: Entry) => Promise<Verdict>) | undefined {
  if (openBuckets === undefined) return undefined;
  return async (source, target) =>
    askObjects(
      { ...source, key: prefixes.source + source.key },
      { ...target, key: prefixes.target + target.key },
      await openBuckets(),
      { signal },
    );
}

/** Gives keys back the prefix of the side that they are of. */
async function* withPrefixes(
  changes: Pages<Entry>,
  { source, target }: Readonly<Record<Side, string>>,
): Pages<Entry> {
  for await (const page of changes) {
    if (source === "" && target === "") yield page;
    else {
      yield Array.from(page, (entry) => {
        const prefix = entry.attributes?.change === "removed" ? target : source;
        return { ...entry, key: prefix + entry.key };
      });
    }
  }
}

function cannotAsk({ source, target }: Readonly<Record<Side, string>>): UserError {
  return new UserError(
    "usage",
    `cannot compare ${JSON.stringify(source)} with ${JSON.stringify(target)} by checksums: a list does not tell of which bucket it is`,
    { hint: "give the buckets, as s3://BUCKET/PREFIX" },
  );
}

/** As in `1 added, 2 changed, 0 removed, 7 same; 1 told by time alone`. */
function describe({ added, changed, removed, same, byTime, unasked }: DiffSummary): string {
  const count = (n: number): string => n.toLocaleString("en-US");
  const sums = { added, changed, removed, same };
  const parts = Object.entries(sums).map(([name, { objects }]) => `${count(objects)} ${name}`);
  const notes = byTime > 0 ? [`${count(byTime)} told by time alone`] : [];
  for (const [code, n] of unasked) notes.push(`${count(n)} told by ETag, for S3 said ${code}`);
  return [parts.join(", "), ...notes].join("; ");
}
