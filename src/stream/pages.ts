/**
 * Records on their way between stages: an array of them at a time, so that an `await` is paid once a page. The consumer
 * pulls.
 */
export type Pages<T> = AsyncIterable<readonly T[]>;

/** Cuts an array into pages of at most `size` records. */
export async function* pagesOf<T>(records: readonly T[], size = 1000): Pages<T> {
  for (let i = 0; i < records.length; i += size) yield records.slice(i, i + size);
}

/** All records in one array, for results known to be few. */
export async function collect<T>(pages: Pages<T>): Promise<T[]> {
  const records: T[] = [];
  for await (const page of pages) for (const record of page) records.push(record);
  return records;
}

/** Looks at each page as it passes. */
export async function* tap<T>(pages: Pages<T>, look: (page: readonly T[]) => void): Pages<T> {
  for await (const page of pages) {
    look(page);
    yield page;
  }
}
