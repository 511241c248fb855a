import type { Row } from "./measured.ts";
import { type Column, markdownTable, megabytes, threeDigits } from "./markdown.ts";

const columns: readonly Column[] = [
  { head: "question" },
  { head: "over" },
  { head: "client" },
  { head: "units", isNumber: true },
  { head: "CPU a unit", isNumber: true },
  { head: "GB a CPU second", isNumber: true },
  { head: "seconds", isNumber: true },
  { head: "units a second", isNumber: true },
  { head: "peak memory", isNumber: true },
  { head: "requests (ideal)", isNumber: true },
  { head: "CPU to ours", isNumber: true },
];

/** Writes what was measured as a table in Markdown; each is compared with the first of ours. */
export function tableOf(rows: readonly Row[]): string {
  return markdownTable(
    columns,
    rows.map((row) => cellsOf(row, firstOf(rows, row))),
  );
}

/** The row of ours that others of the same question, over the same wire, are compared with; none where ours failed. */
export function firstOf(rows: readonly Row[], { question, wire }: Row): Row | undefined {
  return rows.find((row) => row.isOurs && row.question === question && row.wire === wire);
}

/** CPU a unit, in milliseconds. */
export function cpuPerUnit({ cpuMs, units }: Row): number {
  return cpuMs / units;
}

/** Bytes of bodies in a second of CPU, in units of 10^9. */
export function gigabytesPerCpuSecond({ bytes = 0, cpuMs }: Row): number {
  return bytes / 1e6 / cpuMs;
}

function cellsOf(row: Row, ours: Row | undefined): readonly string[] {
  const { question, wire, client, units, unit, wallMs, peakBytes, requests, idealRequests } = row;
  return [
    row === ours ? `${question}: ${unit}` : question,
    wire === "tls" ? "TLS" : "plain",
    client,
    String(units),
    timeOf(cpuPerUnit(row)),
    row.bytes === undefined ? "" : gigabytesPerCpuSecond(row).toFixed(2),
    (wallMs / 1000).toFixed(2),
    threeDigits(units / (wallMs / 1000)),
    megabytes(peakBytes),
    `${requests} (${idealRequests})`,
    ours === undefined ? "" : `${threeDigits(cpuPerUnit(row) / cpuPerUnit(ours))}x`,
  ];
}

function timeOf(ms: number): string {
  return ms < 1 ? `${threeDigits(ms * 1000)} us` : `${threeDigits(ms)} ms`;
}
