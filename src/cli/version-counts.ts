import type { Counters } from "../counters.ts";
import { resultOfWhole } from "../engines/local/copy-line.ts";
import { UserError } from "../errors.ts";
import type { Entry } from "../record/entry.ts";
import type { Result } from "../record/result.ts";
import { noCounts, type RunCounts } from "../run/run.ts";
import type { Page, Pages } from "../stream/pages.ts";
import { count, countOf } from "./amounts.ts";

/** Counts what comes of versions as they are copied, each as one object. */
export class VersionCounts {
  #listed = 0;
  #listedBytes = 0;
  #filtered = 0;
  readonly #outcomes = { copied: 0, same: 0, skipped: 0, failed: 0 };

  /** How many were listed, those that are passed over among them. */
  get listed(): number {
    return this.#listed;
  }

  /** Passes on the entries that are wanted. */
  async *wanted(entries: Pages<Entry>, isWanted: (entry: Entry) => boolean): Pages<Entry> {
    for await (const page of entries) {
      const found = [...page].filter(isWanted);
      this.#listed += page.length;
      this.#filtered += page.length - found.length;
      for (const { size } of found) this.#listedBytes += size;
      if (found.length > 0) yield found;
    }
  }

  /** Passes on one result for each version: of all, or of what was skipped or failed. */
  async *told(results: Pages<Result>, which: "all" | "undone"): Pages<Result> {
    for await (const page of results) {
      const told: Result[] = [];
      for (const one of wholeResults(page)) {
        const { outcome, code } = one.attributes ?? {};
        this.#outcomes[outcome ?? (code === "AlreadyThere" ? "same" : "copied")]++;
        if (which === "all" || outcome !== undefined) told.push(one);
      }
      if (told.length > 0) yield told;
    }
  }

  /** All of it; of a dry run, what would be. `counters` are those of the stages. */
  counts(counters: Counters, dryRun = false): RunCounts {
    const known = { ...noCounts, listed: this.#listed, filtered: this.#filtered };
    if (dryRun) {
      return { ...known, copied: this.#listed - this.#filtered, bytes: this.#listedBytes };
    }
    let bytes = 0;
    for (const [, name, total] of counters) {
      if (name === "Bytes" || name === "InputBytes") bytes += total;
    }
    return { ...known, ...this.#outcomes, bytes };
  }

  /** Throws a UserError of exit status 3 when something was skipped or failed. */
  throwIfUndone(): void {
    const { skipped, failed } = this.#outcomes;
    if (skipped + failed === 0) return;
    const objects = countOf(this.#listed, "object");
    throw new UserError(
      "some-failed",
      `cannot copy objects: ${count(skipped + failed)} of ${objects} were skipped or failed`,
      { hint: "each has a line on standard output that says why, in its last column" },
    );
  }
}

/** One result for each object: those of its parts come side by side, in one page. */
function* wholeResults(page: Page<Result>): Iterable<Result> {
  let parts: Result[] = [];
  for (const result of page) {
    const [first] = parts;
    const isOfSame = first !== undefined && first.part?.uploadId === result.part?.uploadId;
    if (first !== undefined && !(isOfSame && first.key === result.key)) {
      yield resultOfWhole(first, parts);
      parts = [];
    }
    if (result.part === undefined) yield result;
    else parts.push(result);
  }
  const [first] = parts;
  if (first !== undefined) yield resultOfWhole(first, parts);
}
