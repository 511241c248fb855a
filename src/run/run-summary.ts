import { UserError } from "../errors.ts";
import type { Files } from "../files/files.ts";
import type { RunCounts, RunProgress } from "./run.ts";

/** What came of a run: written when it has ended in order, and anew when a resume has. */
export interface RunSummary extends Pick<RunProgress, "requests" | "retries" | "throttled"> {
  readonly id: string;
  readonly command: readonly string[];
  /** ISO 8601, UTC. */
  readonly started: string;
  readonly ended: string;
  readonly counts: RunCounts;
  /** How many ranges of keys could not be listed, so that nothing is known of their keys. */
  readonly remaining: number;
}

const summaryFile = "summary.json";

/** Writes the summary of a run. */
export async function writeSummary(files: Files, summary: RunSummary): Promise<void> {
  await files.replace(summaryFile, Buffer.from(`${JSON.stringify(summary, undefined, 1)}\n`));
}

/** Reads it; undefined where the run has not ended in order. Throws a UserError for what is none. */
export async function readSummary(files: Files): Promise<RunSummary | undefined> {
  const bytes = await files.read(summaryFile);
  if (bytes === undefined) return undefined;
  try {
    return JSON.parse(bytes.toString()) as RunSummary;
  } catch {
    throw new UserError(
      "usage",
      `cannot read the run in "${files.place}": its ${summaryFile} is no summary`,
    );
  }
}
