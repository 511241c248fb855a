import type { ListingRow } from "./listings.ts";
import { type Column, markdownTable, megabytes } from "./markdown.ts";

const columns: readonly Column[] = [
  { head: "keys" },
  { head: "client" },
  { head: "order" },
  { head: "at a time", isNumber: true },
  { head: "requests", isNumber: true },
  { head: "to the least", isNumber: true },
  { head: "seconds", isNumber: true },
  { head: "to the least", isNumber: true },
  { head: "CPU a key", isNumber: true },
  { head: "peak memory", isNumber: true },
];

/** Writes what listings took as a table in Markdown. */
export function listingsTable(rows: readonly ListingRow[]): string {
  return markdownTable(columns, rows.map(cellsOf));
}

function cellsOf(row: ListingRow): readonly string[] {
  const { shape, keys, peer, ordered, concurrency, requests, wallMs, cpuMs } = row;
  return [
    `${shape}-${keys}`,
    peer ?? "campanile",
    ordered ? "of keys" : "none",
    peer === undefined ? String(concurrency || "as pays") : "1",
    String(requests),
    (requests / row.leastRequests).toFixed(3),
    (wallMs / 1000).toFixed(1),
    (wallMs / row.leastMs).toFixed(2),
    `${((cpuMs * 1000) / keys).toFixed(2)} us`,
    megabytes(row.peakBytes),
  ];
}
