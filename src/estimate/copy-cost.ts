import { copiedClasses, type CopyCount, copyMeasure } from "./copy-measures.ts";
import type { ClassPrices, Prices, TransferKind } from "./prices.ts";
import type { Measures } from "./sample-tree.ts";

/** How bytes go: S3 copies by itself, or they pass through here. */
export type CopyWay = "server" | "stream";

/** A line of a bill. */
export interface CostLine {
  /** S3's name of an operation, or `retrieval`, `transfer`. */
  readonly name: string;
  /** Requests, or bytes where `isBytes`. */
  readonly amount: number;
  readonly isBytes: boolean;
  readonly cost: number;
}

/** What a copy costs and takes. */
export interface CopyCost {
  readonly lines: readonly CostLine[];
  readonly total: number;
  readonly writes: number;
  readonly reads: number;
  /** Copied by either way. */
  readonly bytes: number;
}

const gib = 2 ** 30;

/** Sums up the requests of a copy, by operation, and what they cost. `listed` is how many keys both listings have together. */
export function costOfCopy(
  measures: Measures,
  {
    listed,
    way,
    transfer,
    prices,
  }: {
    readonly listed: readonly number[];
    readonly way: CopyWay;
    readonly transfer: TransferKind;
    readonly prices: Prices;
  },
): CopyCost {
  const bill = new Bill();
  const lists = listed.reduce((sum, keys) => sum + Math.max(1, Math.ceil(keys / 1000)), 0);
  bill.add("ListObjectsV2", lists, prices.listPerThousand, "read");
  let bytes = 0;
  for (const name of copiedClasses(measures)) {
    const of = prices.classes[name] ?? prices.classes["STANDARD"]!;
    const count = (what: CopyCount): number => Math.round(measures[copyMeasure(name, what)] ?? 0);
    addCopies(bill, way, of, count);
    const classBytes = count("bytes");
    bytes += classBytes;
    bill.addBytes("retrieval", classBytes, of.retrievalPerGiB);
  }
  bill.addBytes("transfer", bytes, prices.transferPerGiB[transfer]);
  return { ...bill.sum(), bytes };
}

function addCopies(
  bill: Bill,
  way: CopyWay,
  { writesPerThousand, readsPerThousand }: ClassPrices,
  count: (what: CopyCount) => number,
): void {
  const write = (name: string, requests: number): void =>
    bill.add(name, requests, writesPerThousand, "write");
  const read = (name: string, requests: number): void =>
    bill.add(name, requests, readsPerThousand, "read");
  const [plain, inParts, parts] = [count("plain"), count("inParts"), count("parts")];
  if (way === "server") {
    write("CopyObject", plain);
    write("UploadPartCopy", parts);
  } else {
    read("GetObject", plain + parts);
    write("PutObject", plain);
    write("UploadPart", parts);
  }
  read("HeadObject", count("heads"));
  write("CreateMultipartUpload", inParts);
  write("CompleteMultipartUpload", inParts);
}

class Bill {
  readonly #lines = new Map<string, { amount: number; isBytes: boolean; cost: number }>();
  #writes = 0;
  #reads = 0;

  add(name: string, requests: number, perThousand: number, kind: "read" | "write"): void {
    if (kind === "read") this.#reads += requests;
    else this.#writes += requests;
    this.#add(name, requests, false, (requests / 1000) * perThousand);
  }

  addBytes(name: string, bytes: number, perGiB: number): void {
    if (perGiB > 0) this.#add(name, bytes, true, (bytes / gib) * perGiB);
  }

  sum(): Omit<CopyCost, "bytes"> {
    const lines = [...this.#lines].map(([name, line]) => ({ name, ...line }));
    const total = lines.reduce((sum, { cost }) => sum + cost, 0);
    return { lines, total, writes: this.#writes, reads: this.#reads };
  }

  #add(name: string, amount: number, isBytes: boolean, cost: number): void {
    if (amount === 0) return;
    const line = this.#lines.get(name) ?? { amount: 0, isBytes, cost: 0 };
    line.amount += amount;
    line.cost += cost;
    this.#lines.set(name, line);
  }
}
