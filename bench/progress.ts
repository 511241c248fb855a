import type { BenchError } from "./bench-error.ts";

/** Told how a benchmark goes. */
export interface Progress {
  /** Before each run of a client. */
  begins(what: string): void;
  /** When a client could not do the work. The others go on, unless this throws. */
  failed(error: BenchError): void;
}
