/** A column of a table: its head, and whether it holds numbers, which stand to the right. */
export interface Column {
  readonly head: string;
  readonly isNumber?: boolean | undefined;
}

/** Writes a table in Markdown, with its columns aligned, so that it can be read in a terminal too. */
export function markdownTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): string {
  const widths = columns.map(({ head }, column) =>
    Math.max(head.length, ...rows.map((row) => row[column]!.length)),
  );
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const padded = (cells: readonly string[]): string =>
    line(
      cells.map((cell, column) =>
        columns[column]!.isNumber === true
          ? cell.padStart(widths[column]!)
          : cell.padEnd(widths[column]!),
      ),
    );
  const rule = columns.map(({ isNumber }, column) =>
    isNumber === true ? `${"-".repeat(widths[column]! - 1)}:` : "-".repeat(widths[column]!),
  );
  return [padded(columns.map(({ head }) => head)), line(rule), ...rows.map(padded)].join("\n");
}

/** Writes a number with three digits that count, and all of those before the point. */
export function threeDigits(value: number): string {
  return value >= 100 ? String(Math.round(value)) : value.toPrecision(3);
}

/** Writes bytes in units of 10^6. */
export function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`;
}
