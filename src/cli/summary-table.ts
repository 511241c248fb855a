import { humanSize } from "../listing/list-form.ts";
import type { RunCounts, RunProgress } from "../run/run.ts";
import { count, durationText } from "./amounts.ts";

/** What came of a run, as lines for people: a row for each number that there is. */
export function summaryTable(
  counts: RunCounts,
  { requests, retries, throttled }: Pick<RunProgress, "requests" | "retries" | "throttled">,
  seconds: number,
): string {
  const { listed, same, copied, skipped, failed, deleted, undeleted, bytes } = counts;
  const size = `${humanSize(bytes)}${bytes < 1024 ? "" : `, ${count(bytes)} bytes`}`;
  const notes = [
    ...(retries > 0 ? [`${count(retries)} tried again`] : []),
    ...(throttled > 0 ? [`${count(throttled)} answered with "slow down"`] : []),
  ];
  const all: readonly (readonly [string, number, string?])[] = [
    ["listed", listed],
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
  const lines = rows.map(([name, n, note = ""]) =>
    `  ${name.padEnd(11)}  ${count(n).padStart(width)}  ${note}`.trimEnd(),
  );
  return [...lines, `  ${"time".padEnd(11)}  ${durationText(seconds)}`].join("\n");
}
