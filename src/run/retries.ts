import type { RunFiles } from "./run-files.ts";

/** The places of the runs that have tried the failures of a run again, in order: `retry-1` and so on, in its own. */
export async function retriesOf(files: RunFiles): Promise<readonly RunFiles[]> {
  const numbers = (await files.list(""))
    .map((name) => Number(/^retry-(\d+)$/.exec(name)?.[1]))
    .filter((number) => number > 0)
    .sort((a, b) => a - b);
  return numbers.map((number) => files.within(`retry-${number}`));
}
