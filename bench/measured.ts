import type { Wire } from "./server.ts";

/** What one run of one client took. */
export interface Measured {
  /** Of all threads, in the program and in the kernel for it. */
  readonly cpuMs: number;
  readonly wallMs: number;
  /** The most memory that the process had at a time. */
  readonly peakBytes: number;
}

/** What the runs of one client at one question came to. */
export interface Row extends Measured {
  readonly question: string;
  readonly wire: Wire;
  readonly client: string;
  readonly isOurs: boolean;
  readonly unit: string;
  readonly units: number;
  readonly requests: number;
  readonly idealRequests: number;
  readonly bytes: number | undefined;
}
