import { createHash } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import { resolve } from "node:path";
import type { ProofLevel } from "../compare/prove-pair.ts";
import { type Sample, sampleTest } from "../compare/sample.ts";
import { verify } from "../compare/verify.ts";
import { VerifySummary } from "../compare/verify-summary.ts";
import { UserError } from "../errors.ts";
import { jsonForm } from "../listing/list-form.ts";
import { type Entry, entryCodec } from "../record/entry.ts";
import type { Side } from "../record/sided.ts";
import { writeRecords } from "../stream/lines.ts";
import { version } from "../version.ts";
import { type Io, say } from "./io.ts";
import { type SidesValues, withSides } from "./with-sides.ts";

/** The options of `verify`. */
export interface VerifyValues extends SidesValues {
  readonly checksum?: true;
  readonly bytes?: true;
  /** In percent. */
  readonly sample?: number;
  readonly seed?: number;
  readonly report?: string;
  readonly json?: true;
  readonly quiet: boolean;
}

/** Pairs that are asked about at a time, unless told otherwise: a pair is two requests, and by bytes two connections. */
const pairsAtATime: Readonly<Record<ProofLevel, number>> = { listing: 32, checksum: 32, bytes: 16 };

/**
 * Proves two sides equal, or writes a line for each key that is not. Throws a UserError of exit status 6 and without a message where
 * they differ, and of 3 where some could not be compared.
 */
export async function verifySides(
  io: Io,
  names: Readonly<Record<Side, string>>,
  values: VerifyValues,
): Promise<void> {
  const level: ProofLevel = values.bytes ? "bytes" : values.checksum ? "checksum" : "listing";
  const sample = sampleOf(values, level);
  const { report: path } = values;
  const report = path === undefined ? undefined : await openReport(io, path);
  const summary = new VerifySummary();
  const began = new Date();
  const doing = `compare ${JSON.stringify(names.source)} with ${JSON.stringify(names.target)}`;
  const cutOff = (): UserError =>
    new UserError("failed", `cannot ${doing}: nobody reads the lines any more`, {
      hint: "nothing is proved by a part of them; write them to a file",
    });
  try {
    await withSides(io, names, values, { doing, command: "verify", cutOff }, async (sides) => {
      const { openBuckets, prefixes, requests } = sides;
      if (level !== "listing" && openBuckets === undefined) throw cannotAsk(doing, level);
      const onSame =
        level === "listing" ? summary.addEqual.bind(summary, "etag" as const) : undefined;
      const differences = verify(sides.merged({ onSame }), {
        level,
        isSampled: sample && sampleTest(sample),
        openBuckets,
        prefixes,
        concurrency: values.concurrency ?? pairsAtATime[level],
        signal: io.interrupted,
        summary,
      });
      const evidence = new Evidence(values.json === true);
      await writeRecords(io.stdout, differences, evidence);
      const found = { names, values, level, sample, began, summary, requests, evidence };
      await report
        ?.writeFile(`${JSON.stringify(reportOf(found), undefined, 1)}\n`)
        .catch((error: unknown) => {
          throw cannotWrite(path!, error);
        });
      if (!values.quiet) say(io, `campanile verify: ${describe(summary, sample)}`);
      judge(summary, doing);
    });
  } finally {
    await report?.close();
  }
}

function sampleOf(
  { sample: percent, seed = Math.floor(Math.random() * 2 ** 32) }: VerifyValues,
  level: ProofLevel,
): Sample | undefined {
  if (percent === undefined) return undefined;
  if (level !== "listing") return { percent, seed };
  throw new UserError("usage", "cannot take a sample of listings: they are compared as a whole", {
    hint: "--sample is for what is asked of single objects: --checksum or --bytes",
  });
}

/** Before hours of work, for it may not be possible. */
async function openReport({ cwd }: Io, path: string): Promise<FileHandle> {
  try {
    return await open(resolve(cwd, path), "w");
  } catch (error) {
    throw cannotWrite(path, error);
  }
}

function cannotWrite(path: string, error: unknown): UserError {
  const { code, message } = error as NodeJS.ErrnoException;
  const why = (code === undefined ? undefined : whys[code]) ?? message;
  return new UserError("failed", `cannot write ${JSON.stringify(path)}: ${why}`, { cause: error });
}

const whys: Readonly<Record<string, string | undefined>> = {
  EACCES: "permission denied",
  EISDIR: "it is a directory",
  ENOENT: "its directory is not there",
  ENOSPC: "no space is left on the device",
};

function cannotAsk(doing: string, level: ProofLevel): UserError {
  return new UserError(
    "usage",
    `cannot ${doing} by ${level === "bytes" ? "bytes" : "checksums"}: a list does not tell of which bucket it is`,
    { hint: "give the buckets, as s3://BUCKET/PREFIX" },
  );
}

/** Writes the lines, and keeps what a report can hold against them. */
class Evidence {
  lines = 0;
  readonly #form: { encode(entry: Entry): string };
  readonly #hash = createHash("sha256");

  constructor(isJson: boolean) {
    this.#form = isJson ? jsonForm(names) : entryCodec;
  }

  encode(entry: Entry): string {
    const line = this.#form.encode(entry);
    this.lines++;
    this.#hash.update(`${line}\n`);
    return line;
  }

  /** Of all lines; asked for once. */
  sha256(): string {
    return this.#hash.digest("hex");
  }
}

const names = [
  "change",
  "by",
  "at",
  "outcome",
  "code",
  "key",
  "etag",
  "size",
  "mtime",
  "class",
  "version",
  "replaces",
] as const;

function reportOf({
  names: { source, target },
  values,
  level,
  sample,
  began,
  summary,
  requests,
  evidence,
}: {
  readonly names: Readonly<Record<Side, string>>;
  readonly values: VerifyValues;
  readonly level: ProofLevel;
  readonly sample: Sample | undefined;
  readonly began: Date;
  readonly summary: VerifySummary;
  readonly requests: Readonly<Record<Side, number>>;
  readonly evidence: Evidence;
}): object {
  const ended = new Date();
  const { equal, equalBy, added, changed, removed, unproved, codes, verdict } = summary;
  const by = Object.entries(equalBy).filter(([, { objects }]) => objects > 0);
  const options = [
    ...(level === "listing" ? [] : [`--${level}`]),
    ...(sample ? ["--sample", `${sample.percent}%`, "--seed", String(sample.seed)] : []),
    ...(values.sort ? ["--sort"] : []),
  ];
  return {
    verdict,
    command: ["campanile", "verify", source, target, ...options],
    version,
    began: began.toISOString(),
    ended: ended.toISOString(),
    seconds: (ended.getTime() - began.getTime()) / 1000,
    level,
    sample: sample ?? null,
    equal: { ...equal, by: Object.fromEntries(by) },
    added,
    changed,
    removed,
    unproved: { ...unproved, codes: Object.fromEntries(codes) },
    requests,
    // What was written to standard output.
    evidence: { lines: evidence.lines, sha256: evidence.sha256() },
  };
}

function judge({ verdict, unproved, codes }: VerifySummary, doing: string): void {
  if (verdict === "different") throw new UserError("different", "");
  if (verdict === "equal") return;
  throw new UserError("some-failed", `cannot ${doing}: ${count(unproved.objects)} of the objects`, {
    hint: codes.has("NoProof")
      ? "those with code=NoProof have other parts or are under KMS, and no checksum: compare the buckets by --bytes"
      : "each says why in its last column: grep outcome=",
  });
}

/** As in `10 equal, 1 added, 0 changed, 0 removed, 0 not compared; of a sample of 1% with the seed 7`. */
function describe(
  { equal, added, changed, removed, unproved }: VerifySummary,
  sample: Sample | undefined,
): string {
  const sums = { equal, added, changed, removed, "not compared": unproved };
  const parts = Object.entries(sums).map(([name, { objects }]) => `${count(objects)} ${name}`);
  const note = sample ? `; of a sample of ${sample.percent}% with the seed ${sample.seed}` : "";
  return parts.join(", ") + note;
}

function count(n: number): string {
  return n.toLocaleString("en-US");
}
