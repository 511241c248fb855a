import { UserError } from "../errors.ts";
import { rangeLineCodec } from "../ranges/range-line.ts";
import { decodeAttributes, encodeAttributes } from "../record/attributes.ts";
import { lastNumber, numberedName, numberOf } from "./numbered-name.ts";
import type { Files } from "../files/files.ts";
import { addCounts, noCounts, type RunCounts } from "./run.ts";
import { type KeySpan, SettledKeys } from "./settled-keys.ts";

/** The results, in parts; each is there only when it is whole. */
export const resultsFolder = "results";
const rangesFolder = "ranges";

/** How many files are read at a time. */
const readers = 16;

/** The results of a part, and which ranges they answer for. */
export function partNames(part: number): { readonly results: string; readonly ranges: string } {
  return {
    results: `${resultsFolder}/${numberedName(part, ".tsv.gz")}`,
    ranges: `${rangesFolder}/${numberedName(part, ".tsv")}`,
  };
}

/** Which ranges a part of the results answers for, and what came of their keys. */
export interface SettledPart {
  readonly counts: RunCounts;
  readonly spans: Iterable<KeySpan>;
}

/**
 * Writes them as lines of a part file, which `partition --check` reads; the first line, a comment
 * there, is what came of the keys:
 *
 *     # listed=2000&same=1990&copied=9&failed=1&bytes=123456
 *     range  photos/2023/06/31  photos/2023/07/04
 */
export function encodeSettledPart({ counts, spans }: SettledPart): Buffer {
  const texts: Record<string, string> = {};
  for (const name of countNames) if (counts[name] > 0) texts[name] = String(counts[name]);
  let lines = `# ${encodeAttributes(texts)}\n`;
  for (const span of spans) lines += `${rangeLineCodec.encode(span)}\n`;
  return Buffer.from(lines);
}

/** Reads such lines. Throws a SyntaxError for what is none, or not whole. */
export function decodeSettledPart(bytes: Buffer): SettledPart {
  const [first = "", ...lines] = bytes.toString().split("\n");
  if (!first.startsWith("#") || lines.pop() !== "") throw new SyntaxError("it is not whole");
  const attributes = decodeAttributes(first.slice(1).trim()) ?? {};
  const counts: Record<keyof RunCounts, number> = { ...noCounts };
  for (const name of countNames) {
    counts[name] = Number(attributes[name] ?? 0);
    if (!Number.isSafeInteger(counts[name])) throw new SyntaxError(`its ${name} is no number`);
  }
  return { counts, spans: lines.map((line) => rangeLineCodec.decode(line)) };
}

/**
 * Reads what all parts together have settled. A part of which there are ranges and no results does
 * not count: a process was killed between the two. Throws a UserError for a file that is damaged.
 */
export async function readSettled(files: Files): Promise<{
  readonly keys: SettledKeys;
  readonly counts: RunCounts;
  readonly lastPart: number;
}> {
  const names = await files.list(resultsFolder);
  const keys = new SettledKeys();
  let counts = noCounts;
  const left = names.map(numberOf).values();
  const read = async (): Promise<void> => {
    for (const part of left) {
      const name = partNames(part).ranges;
      const bytes = await files.read(name);
      try {
        if (bytes === undefined) throw new SyntaxError("it is not there");
        const settled = decodeSettledPart(bytes);
        for (const span of settled.spans) keys.add(span);
        counts = addCounts(counts, settled.counts);
      } catch (error) {
        throw new UserError(
          "failed",
          `cannot read the run in "${files.place}": ${name} is damaged: ${(error as Error).message}`,
          { hint: "begin a new run, in another directory", cause: error },
        );
      }
    }
  };
  await Promise.all(Array.from({ length: readers }, read));
  return { keys, counts, lastPart: lastNumber(names) };
}

const countNames = Object.keys(noCounts) as readonly (keyof RunCounts)[];
