import type { S3Bucket } from "../s3/client.ts";
import { behindPrefix } from "./byte-text.ts";
import { coveredPieces, lists, numbersOf, partlyListing, type Piece } from "./covered-pieces.ts";
import type { CutFault } from "./cut-fault.ts";
import { KeyFinder, ListAsker, NameList } from "./key-finder.ts";
import { canHoldKeys, type KeyInterval, rangesOf } from "./key-interval.ts";
import type { NumberedLine } from "./numbered-line.ts";
import { RequestsSpent } from "./request-limit.ts";

/** What to look into where lines alone do not tell, and how far. */
export interface CheckCutOptions {
  /** Only keys that begin with it matter. */
  readonly prefix: string;
  /** Gives the bucket; it is called only when there is something to ask it. */
  readonly open: () => Promise<S3Bucket>;
  /** How many requests are under way at a time. */
  readonly concurrency: number;
  readonly maxRequests: number;
  /** So many faults are enough. */
  readonly maxFaults: number;
  readonly signal?: AbortSignal | undefined;
}

/** What became of a check. */
export interface CheckedCut {
  /** In the order of keys. */
  readonly faults: readonly CutFault[];
  /** How many intervals of keys are listed by no line, or by several, but hold no key now. */
  readonly emptyFaults: number;
  readonly requests: number;
  /** `all`: the faults are all there are. Else why some may not have been found. */
  readonly extent: "all" | "requests spent" | "enough faults";
}

/**
 * Finds out whether the lines of a part file list every key of a bucket once. Ranges and plain
 * prefixes are judged by themselves; the bucket is asked, by a listing of one key, whether there is
 * a key where no line or more than one is, and for the common prefixes of lines with a delimiter
 * where no other line is known to list what is behind it.
 */
export async function checkCut(
  lines: readonly NumberedLine[],
  options: CheckCutOptions,
): Promise<CheckedCut> {
  const { prefix, concurrency, maxRequests, maxFaults, signal } = options;
  const open = coveredPieces(lines, prefix).filter(
    ({ by, partly }) => by.length !== 1 || partly.length > 0,
  );
  if (open.length === 0) return { faults: [], emptyFaults: 0, requests: 0, extent: "all" };
  const asker = new ListAsker({ bucket: await options.open(), prefix, maxRequests, signal });
  const checks: PieceCheck[] = [];
  // Neighbours are asked for one after the other: an answer to one often is the answer to the next.
  const length = Math.ceil(open.length / concurrency);
  for (let i = 0; i < open.length; i += length) checks.push(new PieceCheck(asker, maxFaults));
  const isAll = await Promise.all(
    checks.map((check, i) => check.run(open.slice(i * length, (i + 1) * length))),
  );
  const found = checks
    .flatMap((check) => check.faults)
    .sort((a, b) =>
      a.interval.from < b.interval.from ? -1 : a.interval.from > b.interval.from ? 1 : 0,
    );
  const faults = found
    .slice(0, maxFaults)
    .flatMap(({ kind, interval, by }) =>
      rangesOf(interval).map((range): CutFault =>
        kind === "missing" ? { kind, range } : { kind, range, by },
      ),
    );
  return {
    faults,
    emptyFaults: checks.reduce((sum, { emptyFaults }) => sum + emptyFaults, 0),
    requests: asker.requests,
    extent: isAll.includes("requests spent")
      ? "requests spent"
      : isAll.includes("enough faults") || found.length > maxFaults
        ? "enough faults"
        : "all",
  };
}

interface Fault {
  readonly kind: CutFault["kind"];
  readonly interval: KeyInterval;
  readonly by: readonly number[];
}

/** Goes through pieces one after the other, in order. */
class PieceCheck {
  readonly faults: Fault[] = [];
  emptyFaults = 0;
  readonly #asker: ListAsker;
  readonly #maxFaults: number;
  readonly #finder: KeyFinder;
  readonly #nameLists = new Map<number, NameList>();

  constructor(asker: ListAsker, maxFaults: number) {
    this.#asker = asker;
    this.#maxFaults = maxFaults;
    this.#finder = new KeyFinder(asker);
  }

  async run(pieces: readonly Piece[]): Promise<CheckedCut["extent"]> {
    try {
      for (const piece of pieces) {
        await this.#check(piece);
        if (this.faults.length >= this.#maxFaults) return "enough faults";
      }
      return "all";
    } catch (error) {
      if (error instanceof RequestsSpent) return "requests spent";
      throw error;
    }
  }

  async #check(piece: Piece): Promise<void> {
    if (piece.by.length > 1 || piece.partly.length === 0) {
      if (await this.#finder.hasKey(piece)) this.#note(piece, piece.by);
      else this.emptyFaults++;
      return;
    }
    await this.#checkNames(piece);
  }

  /**
   * Of a piece that holds a key if no line with a delimiter is left, and that at most one line
   * lists whole: what lines with delimiters list.
   */
  async #checkNames(piece: Piece): Promise<void> {
    const [first, ...others] = piece.partly;
    if (first === undefined) {
      if (piece.by.length !== 1) this.#note(piece, piece.by);
      return;
    }
    const told = new Set<string>();
    for await (const { kind, name } of this.#namesOf(first.number, first).namesIn(piece)) {
      if (kind === "key") {
        const by = [
          ...piece.by,
          ...numbersOf(piece.partly.filter((line) => lists(line, name))),
        ].sort((a, b) => a - b);
        if (by.length === 1 || told.has(by.join())) continue;
        this.#note(piece, by);
        told.add(by.join());
        // All other keys right here are listed by the same lines.
        if (others.length === 0) return;
        continue;
      }
      const folder = { from: name, before: behindPrefix(name) };
      if (!canHoldKeys(folder)) continue;
      await this.#checkNames({ ...folder, by: piece.by, partly: partlyListing(folder, others) });
      if (this.faults.length >= this.#maxFaults) return;
    }
  }

  #namesOf(
    number: number,
    line: { readonly prefix: string; readonly delimiter: string },
  ): NameList {
    let list = this.#nameLists.get(number);
    if (list === undefined) this.#nameLists.set(number, (list = new NameList(this.#asker, line)));
    return list;
  }

  #note({ from, before }: KeyInterval, by: readonly number[]): void {
    const kind = by.length === 0 ? "missing" : "twice";
    const last = this.faults.at(-1);
    if (last?.kind === kind && last.by.join() === by.join() && last.interval.before === from) {
      this.faults[this.faults.length - 1] = { ...last, interval: { ...last.interval, before } };
      return;
    }
    this.faults.push({ kind, interval: { from, before }, by });
  }
}
