/**
 * Cuts a row of CSV into its columns. As S3 Inventory writes it a column may stand in double
 * quotes, with those within doubled; no column has a line end, for keys are percent-encoded. Throws
 * a SyntaxError where quotes do not match.
 */
export function csvColumns(row: string): string[] {
  if (!row.includes('"')) return row.split(",");
  const columns: string[] = [];
  for (let at = 0; ;) {
    let end: number;
    if (row[at] === '"') {
      end = at + 1;
      for (;;) {
        end = row.indexOf('"', end);
        if (end < 0) throw new SyntaxError(`its column ${columns.length + 1} has no closing quote`);
        if (row[end + 1] !== '"') break;
        end += 2;
      }
      columns.push(row.slice(at + 1, end).replaceAll('""', '"'));
      end++;
    } else {
      const comma = row.indexOf(",", at);
      end = comma < 0 ? row.length : comma;
      columns.push(row.slice(at, end));
    }
    if (end === row.length) return columns;
    if (row[end] !== ",") {
      throw new SyntaxError(`its column ${columns.length} goes on behind the closing quote`);
    }
    at = end + 1;
  }
}
