import type { CopyCost, CopyWay } from "./copy-cost.ts";

/** How fast a copy may go. */
export interface Rates {
  /** Writes a second. S3 promises 3,500 for a prefix, and 5,500 reads (S3 User Guide, "Optimizing performance"). */
  readonly writesPerSecond: number;
  /** Of what passes through one machine. */
  readonly bytesPerSecond: number;
}

/** How long a copy takes, and on what it should run. */
export interface RunTime {
  /** On one machine. */
  readonly seconds: number;
  /** What takes so long. */
  readonly by: "writes" | "reads" | "bytes";
  readonly engine: "local" | "hadoop";
  /** Machines for it to take a day, where one takes longer for the bytes that pass through it. */
  readonly machines: number;
}

export const defaultRates: Rates = { writesPerSecond: 3500, bytesPerSecond: 1e9 };

const readsPerWrite = 5500 / 3500;

const secondsADay = 24 * 3600;

/**
 * Tells how long a copy takes at given rates. One machine is enough for what S3 lets through to one prefix, by far; more of them are
 * for bytes that pass through, where they would take one longer than a day.
 */
export function runTimeOf(
  { writes, reads, bytes }: Pick<CopyCost, "writes" | "reads" | "bytes">,
  way: CopyWay,
  { writesPerSecond, bytesPerSecond }: Rates,
): RunTime {
  const times = {
    writes: writes / writesPerSecond,
    reads: reads / (writesPerSecond * readsPerWrite),
    bytes: way === "server" ? 0 : bytes / bytesPerSecond,
  };
  const seconds = Math.max(times.writes, times.reads, times.bytes);
  const by =
    times.bytes === seconds && seconds > 0 ? "bytes" : times.reads === seconds ? "reads" : "writes";
  const machines = Math.max(1, Math.ceil(times.bytes / secondsADay));
  return { seconds, by, engine: machines > 1 ? "hadoop" : "local", machines };
}
