import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { UserError } from "../errors.ts";
import { compareKeys } from "../key.ts";
import { maxKeyBytes, withPreviousCharacter } from "../ranges/byte-text.ts";
import { type Result, resultCodec } from "../record/result.ts";
import { numberOf } from "./numbered-name.ts";
import type { Files } from "../files/files.ts";
import type { RunPlan } from "./run-plan.ts";
import { readScope } from "./scope.ts";
import { decodeSettledPart, partNames, resultsFolder } from "./settled-part.ts";
import type { KeySpan } from "./settled-keys.ts";

/**
 * More failures are no failures of single objects, and to list the buckets again is quicker: each
 * takes a list request a side. Their spans are about 30 MB.
 */
const maxFailures = 100_000;

/** Behind a text there is nothing more likely to be the last that begins with it. */
const lastCharacter = "\u{10fffd}";

const unpack = promisify(gunzip);

/**
 * Finds the objects that a run, and the retries of it, could not do in the end: gives a range for
 * each, which holds its key and as good as no other. Throws a UserError where there are too many.
 *
 * @param runs The run and its retries, in order; all have ended.
 * @param outcomes Of which results: those that failed, and maybe those that were skipped.
 */
export async function failedScope(
  runs: readonly Files[],
  plan: Pick<RunPlan, "prefix" | "toPrefix">,
  outcomes: ReadonlySet<string>,
): Promise<readonly KeySpan[]> {
  const keys = new Set<string>();
  for (const files of runs) {
    // What a retry was about it has done, or tells again.
    for (const { upTo } of await readScope(files)) if (upTo !== undefined) keys.delete(upTo);
    for await (const { key, attributes } of undoneResults(files)) {
      if (!outcomes.has(attributes?.outcome ?? "")) continue;
      const isTargets = attributes?.change === "removed";
      keys.add(isTargets ? plan.prefix + key.slice(plan.toPrefix.length) : key);
      if (keys.size > maxFailures) throw tooMany(files);
    }
  }
  const inOrder = [...keys].sort(compareKeys);
  return inOrder.map((upTo, i) => {
    const after = textBefore(upTo);
    const last = inOrder[i - 1];
    const isBehind = last === undefined || (after !== undefined && compareKeys(after, last) > 0);
    return { after: isBehind ? after : last, upTo };
  });
}

/** The results that say of an outcome; parts that have none are not read. */
async function* undoneResults(files: Files): AsyncGenerator<Result> {
  for (const part of (await files.list(resultsFolder)).map(numberOf)) {
    const names = partNames(part);
    const ranges = await files.read(names.ranges);
    const { failed, skipped, undeleted } = decodeSettledPart(ranges ?? Buffer.alloc(0)).counts;
    if (failed + skipped + undeleted === 0) continue;
    const packed = await files.read(names.results);
    for (const line of (await unpack(packed ?? "")).toString().split("\n")) {
      if (line.includes("outcome=")) yield resultCodec.decode(line);
    }
  }
}

function tooMany({ place }: Files): UserError {
  return new UserError("failed", `cannot retry the run in "${place}": too much has failed`, {
    hint: "run its command again, with another --run; campanile status shows it",
  });
}

/** A text before a key and behind as good as all others before it. */
function textBefore(key: string): string | undefined {
  const character = key.slice(-1);
  // Behind a control character a server may not be asked.
  if (character <= "!") return key.slice(0, -1) || undefined;
  const previous = withPreviousCharacter(key)!;
  const text = previous + lastCharacter;
  return Buffer.byteLength(text) <= maxKeyBytes ? text : previous;
}
