/** As `000017.tsv`: names in the order of their numbers, up to a million, and unlike beyond. */
export function numberedName(number: number, extension: string): string {
  return `${String(number).padStart(6, "0")}${extension}`;
}

/** The greatest of such names; 0 where there is none. */
export function lastNumber(names: readonly string[]): number {
  return names.reduce((last, name) => Math.max(last, numberOf(name)), 0);
}

/** The number of such a name; 0 for any other. */
export function numberOf(name: string): number {
  return Number(/^\d+/.exec(name)?.[0] ?? 0);
}
