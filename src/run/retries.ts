import type { Files } from "../files/files.ts";
import { planFile } from "./run-plan.ts";

/** The places of the runs that have tried the failures of a run again, in order: `retry-1` and so on, in its own. */
export async function retriesOf(files: Files): Promise<readonly Files[]> {
  const retries: Files[] = [];
  const names = await files.list("");
  for (let number = 1; names.includes(`retry-${number}`); number++) {
    const inside = files.within(`retry-${number}`);
    // One that was killed before it had a plan has done nothing.
    if ((await inside.read(planFile)) === undefined) break;
    retries.push(inside);
  }
  return retries;
}
