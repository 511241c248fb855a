import type { Found } from "./found.ts";

/** Objects and their bytes. */
export interface ComparedSum {
  objects: number;
  bytes: number;
}

/** What can be found of a key, in the order in which it is told. */
export const foundKinds = ["same", "added", "changed", "removed"] as const;

/** Sums up what a comparison finds. The bytes of what has changed are the source's. */
export class DiffSummary {
  readonly same: ComparedSum = { objects: 0, bytes: 0 };
  readonly added: ComparedSum = { objects: 0, bytes: 0 };
  readonly changed: ComparedSum = { objects: 0, bytes: 0 };
  readonly removed: ComparedSum = { objects: 0, bytes: 0 };
  /** Pairs that nothing but the times of change could tell, the same or not. */
  byTime = 0;
  /** Pairs that S3 was to be asked about and could not, by its error code. */
  readonly unasked = new Map<string, number>();

  add({ kind, entry, by, failure }: Found): void {
    this[kind].objects++;
    this[kind].bytes += entry.size;
    if (by === "mtime") this.byTime++;
    if (failure === undefined) return;
    this.unasked.set(failure.code, (this.unasked.get(failure.code) ?? 0) + 1);
  }

  addSame(objects: number, bytes: number): void {
    this.same.objects += objects;
    this.same.bytes += bytes;
  }

  /** Whether the sides differ. */
  get isDifferent(): boolean {
    return this.added.objects + this.changed.objects + this.removed.objects > 0;
  }
}

/** Lines of `KIND objects bytes`, separated by tabs. */
export function diffSummaryLines(summary: DiffSummary): readonly string[] {
  return foundKinds.map((kind) => `${kind}\t${summary[kind].objects}\t${summary[kind].bytes}`);
}

/** One line of JSON. */
export function diffSummaryJson(summary: DiffSummary): string {
  return JSON.stringify(Object.fromEntries(foundKinds.map((kind) => [kind, summary[kind]])));
}
