import type { Counters } from "../counters.ts";
import { UserError } from "../errors.ts";
import type { Attributes } from "../record/attributes.ts";
import type { Page } from "../stream/pages.ts";

/** What is told of a stage's counters by itself. */
const known = new Set(["records", "skipped", "failed"]);

/** Codes that are told apart; there are some hundred in all, and nobody reads more than a few. */
const maxCodes = 20;

/** Counts what came of the records, for the end of a run. */
export class Tally {
  #records = 0;
  #undone = 0;
  readonly #codes = new Map<string, number>();

  /** Counts a page, also among the counters of the stage: `records`, `skipped`, `failed`. */
  add(
    page: Page<{ readonly attributes?: Attributes | undefined }>,
    counters: Counters,
    group: string,
  ): void {
    this.#records += page.length;
    counters.add(group, "records", page.length);
    if (page.columns?.hasNoOutcomes === true) return;
    for (const { attributes } of page) {
      if (attributes === undefined) continue;
      const { outcome, code } = attributes;
      if (outcome !== undefined) {
        this.#undone++;
        counters.add(group, outcome);
      }
      if (code !== undefined) this.#addCode(code);
    }
  }

  /** As in `4 records, 20,981,760 bytes; 1 NoSuchKey`: `group` is the stage's own counters. */
  describe(counters: Counters, group: string): string {
    let bytes = 0;
    const notes = new Map<string, number>();
    for (const [of, name, total] of counters) {
      if (name === "Bytes" || name === "InputBytes") bytes += total;
      if (of === group && !known.has(name)) notes.set(name, total);
    }
    const records = `${count(this.#records)} ${this.#records === 1 ? "record" : "records"}`;
    const parts = [records, ...(bytes > 0 ? [`${count(bytes)} bytes`] : [])];
    const codes = [...notes, ...this.#codes].map(([code, n]) => `${count(n)} ${code}`);
    return parts.join(", ") + (codes.length > 0 ? `; ${codes.join(", ")}` : "");
  }

  /** Throws a UserError of exit status 3 when a record was skipped or failed. */
  throwIfUndone(doing: string): void {
    if (this.#undone === 0) return;
    throw new UserError(
      "some-failed",
      `cannot ${doing}: ${count(this.#undone)} of ${count(this.#records)} records were skipped or failed`,
      { hint: "each says why in its last column: grep outcome=" },
    );
  }

  #addCode(code: string): void {
    const known = this.#codes.has(code) || this.#codes.size < maxCodes ? code : "others";
    this.#codes.set(known, (this.#codes.get(known) ?? 0) + 1);
  }
}

function count(n: number): string {
  return n.toLocaleString("en-US");
}
