/** One thing that is measured: the same work for each client, against the synthetic S3. */
export interface Question {
  /** As it is asked for on the command line. */
  readonly name: string;
  /** What is counted, in the singular. */
  readonly unit: string;
  readonly full: Amount;
  /** Enough to see that it works. */
  readonly smoke: Amount;
  /** Requests that a unit takes when none is wasted. */
  readonly requestsPerUnit: number;
  /** Bytes of object bodies that a unit moves, where that is what it is about. */
  readonly bytesPerUnit?: number | undefined;
  readonly goal?: Goal | undefined;
  /** By name; the first is ours, and the others are compared with it. */
  readonly contenders: Readonly<Record<string, Contender>>;
}

/** How many units are done before measuring, so that what is measured runs compiled, and while measuring. */
export interface Amount {
  readonly warmUp: number;
  readonly measured: number;
}

/** What our client has to reach. */
export interface Goal {
  /** How many times less CPU than every other client. */
  readonly timesLess?: number | undefined;
  /** Bytes of bodies in a second of CPU, in units of 10^9. */
  readonly gigabytesPerCpuSecond?: number | undefined;
}

/** Gets a client ready for an endpoint, outside of what is measured. Each runs in a process of its own. */
export type Contender = (endpoint: string) => Promise<Work>;

/** Work that a client is ready to do. */
export interface Work {
  /** Does so many units; rejects when one of them fails, for what fails is cheap. */
  run(units: number): Promise<void>;
  close(): void | Promise<void>;
}
