import { setTimeout as sleep } from "node:timers/promises";
import { compareKeys } from "../key.ts";
import { type Entry, entryCodec } from "../record/entry.ts";
import { lastNumber, numberedName, numberOf } from "./numbered-name.ts";
import type { Files } from "../files/files.ts";
import type { RunPlan } from "./run-plan.ts";
import type { BegunWork } from "./run.ts";
import type { KeySpan, SettledKeys } from "./settled-keys.ts";

/** Where what was begun is noted, until it is settled. */
export const begunFolder = "begun";

/** An object that was about to be copied or deleted by a process that did not come to say what became of it. */
export interface LeftWork {
  /** By which it belongs to a range: the source's, also where only the target has the object. */
  readonly rangeKey: string;
  /** With the attribute `change`, where that was known. */
  readonly entry: Entry;
  /** By the clock of that process, in milliseconds: it had begun nothing before. */
  readonly sinceMs: number;
  /** The files that name it. */
  readonly files: readonly number[];
}

/** What keys begin with at the source and at the target. */
type Prefixes = Pick<RunPlan, "prefix" | "toPrefix">;

interface Waiting {
  readonly lines: Uint8Array;
  readonly resolve: (begun: BegunWork) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Notes what is about to be changed, in files that are there before the change and go when it is
 * settled. What is asked for while a file is written comes into the next, so that there are no more
 * than a disk, or a bucket, likes to write.
 */
export class BegunLog {
  readonly #files: Files;
  /** How much of each file is not settled yet. */
  readonly #open = new Map<number, number>();
  /** What processes before have left, in the order of keys. */
  readonly #left: LeftWork[];
  #next: number;
  #waiting: Waiting[] = [];
  #isWriting = false;

  private constructor(files: Files, left: LeftWork[], next: number) {
    this.#files = files;
    this.#left = left;
    this.#next = next;
    for (const work of left) this.#hold(work.files, 1);
  }

  /** Reads what processes before have left of the keys that are not settled, and removes the rest. */
  static async open(files: Files, settled: SettledKeys, plan: Prefixes): Promise<BegunLog> {
    const left = new Map<string, LeftWork>();
    const names = await files.list(begunFolder);
    for (const name of names) {
      const bytes = await files.read(`${begunFolder}/${name}`);
      if (bytes === undefined) continue;
      for (const work of decode(bytes, numberOf(name), plan)) {
        const { rangeKey } = work;
        if (settled.has(rangeKey)) continue;
        const before = left.get(rangeKey);
        left.set(rangeKey, before === undefined ? work : joined(before, work));
      }
    }
    const inOrder = [...left.values()].sort((a, b) => compareKeys(a.rangeKey, b.rangeKey));
    const log = new BegunLog(files, inOrder, lastNumber(names) + 1);
    const done = names.filter((name) => !log.#open.has(numberOf(name)));
    await files.remove(done.map((name) => `${begunFolder}/${name}`));
    return log;
  }

  /** What processes before have left, as far as it is not settled meanwhile. */
  get left(): readonly LeftWork[] {
    return this.#left;
  }

  /** Notes lines of entries; resolves when they are safe. */
  begin(lines: Uint8Array): Promise<BegunWork> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ lines, resolve, reject });
      if (!this.#isWriting) void this.#write();
    });
  }

  /** Takes out what was left of the keys of a span, which is settled now. */
  takeLeft({ after, upTo }: KeySpan): LeftWork[] {
    if (this.#left.length === 0) return [];
    const from = after === undefined ? 0 : this.#indexBehind(after);
    const to = upTo === undefined ? this.#left.length : this.#indexBehind(upTo);
    return this.#left.splice(from, to - from);
  }

  /** Removes the files of which all is settled, and on the disk, with this. */
  async settle(begun: Iterable<number>): Promise<void> {
    const done: string[] = [];
    for (const file of begun) {
      const open = (this.#open.get(file) ?? 1) - 1;
      this.#open.set(file, open);
      if (open > 0) continue;
      this.#open.delete(file);
      done.push(nameOf(file));
    }
    if (done.length > 0) await this.#files.remove(done);
  }

  async #write(): Promise<void> {
    this.#isWriting = true;
    while (this.#waiting.length > 0) {
      if (this.#files.gatherMs > 0) await sleep(this.#files.gatherMs);
      const file = this.#next++;
      const batch = this.#waiting;
      this.#waiting = [];
      const since = Buffer.from(`# ${new Date().toISOString()}\n`);
      try {
        await this.#files.replace(
          nameOf(file),
          Buffer.concat([since, ...batch.map(({ lines }) => lines)]),
        );
        this.#open.set(file, batch.length);
        for (const { resolve } of batch) resolve({ file });
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.#isWriting = false;
  }

  #hold(files: readonly number[], count: number): void {
    for (const file of files) this.#open.set(file, (this.#open.get(file) ?? 0) + count);
  }

  /** The number of those whose key is `key` or before it. */
  #indexBehind(key: string): number {
    let low = 0;
    let high = this.#left.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (compareKeys(this.#left[middle]!.rangeKey, key) <= 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function decode(bytes: Buffer, file: number, { prefix, toPrefix }: Prefixes): LeftWork[] {
  const [first = "", ...lines] = bytes.toString().split("\n");
  const sinceMs = Date.parse(first.slice(1).trim());
  return lines
    .filter((line) => line !== "")
    .map((line) => {
      const entry = entryCodec.decode(line);
      const isTargets = entry.attributes?.change === "removed";
      const rangeKey = isTargets ? prefix + entry.key.slice(toPrefix.length) : entry.key;
      return { rangeKey, entry, sinceMs, files: [file] };
    });
}

function joined(a: LeftWork, b: LeftWork): LeftWork {
  const files = a.files.at(-1) === b.files[0] ? a.files : [...a.files, ...b.files];
  return { ...b, sinceMs: Math.min(a.sinceMs, b.sinceMs), files };
}

function nameOf(file: number): string {
  return `${begunFolder}/${numberedName(file, ".tsv")}`;
}
