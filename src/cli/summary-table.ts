import { humanSize } from "../listing/list-form.ts";
import type { RunCounts, RunProgress } from "../run/run.ts";
import { count, durationText } from "./amounts.ts";

type Requests = Pick<RunProgress, "requests" | "retries" | "throttled">;

/** What came of a run, as lines for people: a row for each number that there is. */
export function summaryTable(counts: RunCounts, requests: Requests, seconds: number): string {
  const rows = summaryRows(counts, requests);
  return [...rows, ["time", durationText(seconds)] as const]
    .map(([name, text]) => `  ${name.padEnd(11)}  ${text}`)
    .join("\n");
}

/** Its rows: what is counted, and how many, with what there is to note of it. */
export function summaryRows(
  counts: RunCounts,
  { requests, retries, throttled }: Requests,
): readonly (readonly [name: string, text: string])[] {
  const { listed, filtered, same, copied, skipped, failed, deleted, undeleted, bytes } = counts;
  const size = `${humanSize(bytes)}${bytes < 1024 ? "" : `, ${count(bytes)} bytes`}`;
  const notes = [
    ...(retries > 0 ? [`${count(retries)} tried again`] : []),
    ...(throttled > 0 ? [`${count(throttled)} answered with "slow down"`] : []),
  ];
  const all: readonly (readonly [string, number, string?])[] = [
    ["listed", listed],
    ["passed over", filtered],
    ["same", same],
    ["copied", copied, size],
    ["skipped", skipped],
    ["failed", failed],
    ["deleted", deleted],
    ["not deleted", undeleted],
    ["requests", requests, notes.join(", ")],
  ];
  const rows = all.filter(([name, n]) => n > 0 || name === "listed");
  const width = Math.max(...rows.map(([, n]) => count(n).length));
  return rows.map(([name, n, note = ""]) => [
    name,
    `${count(n).padStart(width)}  ${note}`.trimEnd(),
  ]);
}
