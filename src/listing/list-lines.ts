import { compareKeys } from "../key.ts";
import { listParallelAs, type ListParallelOptions } from "../ranges/list-parallel.ts";
import type { ListedObjects } from "../ranges/listed-page.ts";
import type { Entry } from "../record/entry.ts";
import type { S3Bucket } from "../s3/client.ts";
import { listObjects } from "../s3/list-objects.ts";
import { objectsOf } from "../s3/list-page.ts";
import { UnexpectedReplyError } from "../s3/unexpected-reply.ts";
import { LineBuffer } from "../stream/line-buffer.ts";
import { WrittenLines } from "../stream/written-lines.ts";
import { type EntryFilter, filterOf } from "./entry-filter.ts";
import { writeEntryLines } from "./entry-lines.ts";
import { type Listed, type ListForm, plainForm } from "./list-form.ts";
import { entryOf } from "./listed-entry.ts";
import type { ListingSummary } from "./listing-summary.ts";
import { type KeyBounds, versionPages } from "./version-pages.ts";

/** What of a listing is wanted, and how it is written. */
export interface LinesOptions {
  readonly filter: EntryFilter;
  /** Left out: no lines are written, only the sums are taken. */
  readonly form: ListForm | undefined;
  /** What is wanted is summed up in it. */
  readonly summary: ListingSummary;
}

/** A page of a listing as lines. */
export interface ListedLines {
  /** May be none, where nothing of the page was wanted. */
  readonly lines: WrittenLines<Listed>;
  /** How many objects were listed for it. */
  readonly listed: number;
  /** The last of these. */
  readonly lastKey: string;
}

/** Lists a bucket, or a part of it, by many requests at a time. */
export function listLines(
  bucket: S3Bucket,
  options: ListParallelOptions,
  how: LinesOptions,
): AsyncGenerator<ListedLines, void> {
  const maker = new LineMaker(how);
  const make = (page: ListedObjects): ListedLines => {
    const lines = maker.make(page, how.summary);
    page.rows.release();
    return lines;
  };
  return listParallelAs(bucket, options, make, ({ lines }) => lines);
}

/** Whether entries have to be made for the lines that are wanted, which takes five times as long as lines from bytes. */
export function needsEntries({ filter, form }: Omit<LinesOptions, "summary">): boolean {
  return filterOf(filter) !== undefined || !(form === plainForm || form === undefined);
}

/** Makes lines of pages of objects, and sums them up. It holds nothing between two of them. */
export class LineMaker {
  readonly #form: ListForm | undefined;
  readonly #writer: Writer;
  readonly #isFast: boolean;

  constructor(how: Omit<LinesOptions, "summary">) {
    this.#form = how.form;
    this.#writer = new Writer(how);
    this.#isFast = !needsEntries(how);
  }

  /** Makes those of a page that has one object at least; its rows stay. */
  make({ rows, count }: ListedObjects, summary: ListingSummary): ListedLines {
    const lastKey = objectsOf(rows, count - 1, count)[0]!.key;
    const { buffer } = this.#writer;
    if (!this.#isFast) {
      return this.#writer.write(objectsOf(rows, 0, count).map(entryOf), lastKey, summary);
    }
    summary.addRows(rows, count);
    if (this.#form !== undefined) writeEntryLines(rows, buffer, count);
    return { lines: new WrittenLines(buffer, count, plainForm), listed: count, lastKey };
  }
}

/**
 * Lists one level of a bucket, page after page: objects whose keys have no further delimiter, and what
 * the others begin with, in one order. Folders are not filtered.
 */
export async function* listLevel(
  bucket: S3Bucket,
  { prefix, startAfter, stopAt, signal, delimiter }: KeyBounds & { readonly delimiter: string },
  how: LinesOptions,
): AsyncGenerator<ListedLines, void> {
  const writer = new Writer(how);
  let token: string | undefined;
  do {
    const query = { prefix, delimiter, startAfter, continuationToken: token, restoreStatus: true };
    const page = await listObjects(bucket, query, { signal });
    if (page.nextToken !== undefined && page.nextToken === token) {
      throw new UnexpectedReplyError(`the list does not go on after ${JSON.stringify(token)}`);
    }
    token = page.nextToken;
    const folders = page.commonPrefixes.map((folder) => ({ folder }));
    const all: Listed[] = [...page.objects.map(entryOf), ...folders];
    const isWithin = (listed: Listed): boolean =>
      stopAt === undefined || compareKeys(nameOf(listed), stopAt) <= 0;
    const within = all.filter(isWithin).sort((a, b) => compareKeys(nameOf(a), nameOf(b)));
    if (within.length > 0) yield writer.write(within, nameOf(within.at(-1)!), how.summary);
    if (within.length < all.length) return;
  } while (token !== undefined);
}

/** Lists the versions and delete markers of a bucket, as `versionPages`. */
export async function* listVersionLines(
  bucket: S3Bucket,
  bounds: KeyBounds,
  how: LinesOptions,
): AsyncGenerator<ListedLines, void> {
  const writer = new Writer(how);
  for await (const page of versionPages(bucket, bounds)) {
    yield writer.write(page, page.at(-1)!.key, how.summary);
  }
}

/** Filters, sums up and writes what was listed. */
class Writer {
  readonly buffer = new LineBuffer();
  readonly #form: ListForm | undefined;
  readonly #isWanted: ((entry: Entry) => boolean) | undefined;

  constructor({ filter, form }: Omit<LinesOptions, "summary">) {
    this.#form = form;
    this.#isWanted = filterOf(filter);
  }

  write(all: readonly Listed[], lastKey: string, summary: ListingSummary): ListedLines {
    const form = this.#form;
    let count = 0;
    let entries = 0;
    for (const listed of all) {
      if (!("folder" in listed)) {
        entries++;
        if (this.#isWanted?.(listed) === false) continue;
        summary.add(listed);
      } else summary.folders++;
      count++;
      if (form !== undefined) this.buffer.addText(`${form.encode(listed)}\n`);
    }
    const lines = new WrittenLines(this.buffer, count, form ?? plainForm);
    return { lines, listed: entries, lastKey };
  }
}

function nameOf(listed: Listed): string {
  return "folder" in listed ? listed.folder : listed.key;
}
