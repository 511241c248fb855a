import type { Entry } from "../record/entry.ts";
import { columns } from "../s3/list-columns.ts";
import type { ListedRows } from "../s3/listed-rows.ts";
import { classOf } from "./entry-filter.ts";
import { humanSize } from "./list-form.ts";

/** Objects and their bytes. */
export interface Sum {
  objects: number;
  bytes: number;
}

/** Sums up a listing: objects and bytes in all, and by storage class. */
export class ListingSummary {
  readonly total: Sum = { objects: 0, bytes: 0 };
  /** Beginnings of keys that stand for all that have them, where one level is listed. */
  folders = 0;
  readonly #byClass = new Map<string, Sum>();

  /** By their names, in order. A delete marker is in the class DELETE_MARKER. */
  get classes(): readonly (readonly [name: string, sum: Sum])[] {
    return [...this.#byClass].sort(([a], [b]) => (a < b ? -1 : 1));
  }

  /** Adds what another has summed up: its `classes`. */
  addClasses(classes: readonly (readonly [name: string, sum: Sum])[]): void {
    for (const [name, { objects, bytes }] of classes) this.#add(name, objects, bytes);
  }

  add(entry: Entry): void {
    const isMarker = entry.attributes?.["marker"] !== undefined;
    this.#add(isMarker ? "DELETE_MARKER" : classOf(entry), 1, entry.size);
  }

  /** Adds the first so many objects of a reply, without making any. */
  addRows(rows: ListedRows, count: number): void {
    const { bytes, table } = rows;
    let from = 0;
    let sum = 0;
    for (let index = 0; index < count; index++) {
      if (!isSameClass(rows, from, index)) {
        this.#add(className(bytes, table, from), index - from, sum);
        from = index;
        sum = 0;
      }
      sum += rows.sizeAt(index * columns.width);
    }
    if (count > from) this.#add(className(bytes, table, from), count - from, sum);
  }

  #add(name: string, objects: number, bytes: number): void {
    let sum = this.#byClass.get(name);
    if (sum === undefined) this.#byClass.set(name, (sum = { objects: 0, bytes: 0 }));
    for (const one of [sum, this.total]) {
      one.objects += objects;
      one.bytes += bytes;
    }
  }
}

/** Lines of `CLASS objects bytes`, separated by tabs, the last `total`. */
export function summaryLines(summary: ListingSummary): readonly string[] {
  const all = [...summary.classes, ["total", summary.total] as const];
  return all.map(([name, { objects, bytes }]) => `${name}\t${objects}\t${bytes}`);
}

/** One line of JSON. */
export function summaryJson({ total, classes }: ListingSummary): string {
  return JSON.stringify({ ...total, classes: Object.fromEntries(classes) });
}

/** The same for people, aligned. */
export function summaryForPeople(summary: ListingSummary): readonly string[] {
  const all = [...summary.classes, ["total", summary.total] as const].map(
    ([name, { objects, bytes }]) => [
      name,
      objects.toLocaleString("en-US"),
      objects === 1 ? "object " : "objects",
      humanSize(bytes),
    ],
  );
  const widths = [0, 1, 3].map((column) => Math.max(...all.map((row) => row[column]!.length)));
  return all.map(([name, objects, word, size]) => {
    const cells = [name!.padEnd(widths[0]!), objects!.padStart(widths[1]!)];
    return `${cells.join("  ")} ${word}  ${size!.padStart(widths[2]!)}`;
  });
}

function isSameClass({ bytes, table }: ListedRows, a: number, b: number): boolean {
  const column = columns.storageClass;
  const begin = table[a * columns.width + column]!;
  const otherBegin = table[b * columns.width + column]!;
  if (begin === otherBegin) return true;
  const end = table[a * columns.width + column + 1]!;
  const otherEnd = table[b * columns.width + column + 1]!;
  return bytes.compare(bytes, otherBegin, otherEnd, begin, end) === 0;
}

function className(bytes: Buffer, table: Int32Array, index: number): string {
  const row = index * columns.width;
  const begin = table[row + columns.storageClass];
  return bytes.toString("latin1", begin, table[row + columns.storageClass + 1]) || "STANDARD";
}
