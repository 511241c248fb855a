import type { Row } from "./measured.ts";
import type { Goal, Question } from "./question.ts";

const head = [
  "question",
  "client",
  "CPU a unit",
  "GB a CPU second",
  "wall, units a second",
  "peak memory",
  "requests (ideal)",
  "CPU to ours",
] as const;

/** Writes what was measured as a table in Markdown; the first row of a question is ours. */
export function tableOf(rows: readonly Row[]): string {
  const ours = new Map<string, Row>();
  for (const row of rows) if (!ours.has(row.question)) ours.set(row.question, row);
  const cells = rows.map((row) => cellsOf(row, ours.get(row.question)!));
  const table = [head, ...cells];
  const widths = head.map((_, column) => Math.max(...table.map((line) => line[column]!.length)));
  const line = (texts: readonly string[]): string =>
    `| ${texts.map((text, column) => (column < 2 ? text.padEnd(widths[column]!) : text.padStart(widths[column]!))).join(" | ")} |`;
  const rule = widths.map((width, column) =>
    column < 2 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`,
  );
  return [line(head), line(rule), ...cells.map(line)].join("\n");
}

function cellsOf(row: Row, ours: Row): readonly string[] {
  const { question, client, units, unit, cpuMs, wallMs, peakBytes, requests, idealRequests } = row;
  return [
    client === ours.client ? `${question}: ${unit}` : question,
    client,
    timeOf(cpuMs / units),
    row.bytes === undefined ? "" : rate(row).toFixed(2),
    threeDigits(units / (wallMs / 1000)),
    `${Math.round(peakBytes / 1e6)} MB`,
    `${requests} (${idealRequests})`,
    `${threeDigits(cpuMs / units / (ours.cpuMs / ours.units))}x`,
  ];
}

/** Says for each of a question's goals whether it is reached. */
export function verdictsOf(question: Question, rows: readonly Row[]): readonly string[] {
  const { timesLess, gigabytesPerCpuSecond }: Goal = question.goal ?? {};
  const [ours, ...others] = rows.filter((row) => row.question === question.name);
  if (ours === undefined) return [];
  const verdict = (what: string, is: number, wanted: number): string =>
    `${question.name}: ${threeDigits(is)} ${what}, ${is >= wanted ? "reaches" : "MISSES"} the goal of ${wanted}`;
  const verdicts: string[] = [];
  if (timesLess !== undefined) {
    for (const row of others) {
      const times = row.cpuMs / row.units / (ours.cpuMs / ours.units);
      verdicts.push(verdict(`times less CPU than ${row.client}`, times, timesLess));
    }
  }
  if (gigabytesPerCpuSecond !== undefined) {
    verdicts.push(verdict("GB a CPU second", rate(ours), gigabytesPerCpuSecond));
  }
  return verdicts;
}

function rate({ bytes = 0, cpuMs }: Row): number {
  return bytes / 1e9 / (cpuMs / 1000);
}

function timeOf(ms: number): string {
  return ms < 1 ? `${threeDigits(ms * 1000)} us` : `${threeDigits(ms)} ms`;
}

function threeDigits(value: number): string {
  return value >= 100 ? String(Math.round(value)) : value.toPrecision(3);
}
