import type { PeerName } from "./peers.ts";
import type { Server, Wire } from "./server.ts";

/** One thing that is measured: the same work for each client, against the synthetic S3. */
export type Question = PathQuestion | CommandQuestion;

/** How much of the work is done: all, a tenth, or just enough to see that it works. */
export type Size = "full" | "quick" | "smoke";

interface Asked {
  /** As it is asked for on the command line. */
  readonly name: string;
  /** What is counted, in the singular. */
  readonly unit: string;
  /** How many units a client does while it is measured. */
  readonly full: number;
  /** Enough to see that it works. */
  readonly smoke: number;
  /** Requests that so many units take when none is wasted. */
  requestsFor(units: number): number;
  /** Bytes of object bodies that a unit moves, where that is what it is about. */
  readonly bytesPerUnit?: number | undefined;
  readonly goal?: Goal | undefined;
}

/** A path of the code, in a process that is warm: what a long run costs, without the start of one. */
export interface PathQuestion extends Asked {
  readonly kind: "path";
  readonly isLong?: undefined;
  readonly onlyPlain?: undefined;
  /** Units that are done before, so that what is measured runs compiled. */
  readonly warmUp: number;
  /** By name; the first is ours, and the others are compared with it. */
  readonly contenders: Readonly<Record<string, Contender>>;
}

/** A command as a user types it, from its start to its end. */
export interface CommandQuestion extends Asked {
  readonly kind: "command";
  /** Takes minutes: run once, and only when it or all is asked for. */
  readonly isLong?: boolean | undefined;
  /** Is not asked over TLS, for it would be the same, or too long. */
  readonly onlyPlain?: boolean | undefined;
  /** By name; the first is ours, and the others are compared with it. */
  readonly clients: Readonly<Record<string, Client>>;
}

/** What our client has to reach. */
export interface Goal {
  /** CPU a unit, in microseconds, at most. */
  readonly cpuUs?: Readonly<Record<Wire, number>> | undefined;
  /** How many times less CPU than each of these clients. */
  readonly timesLess?: Readonly<Record<string, number>> | undefined;
  /** Bytes of bodies in a second of CPU, in units of 10^9, at least. */
  readonly gigabytesPerCpuSecond?: Readonly<Record<Wire, number>> | undefined;
  /** Time a unit, in milliseconds, at most. */
  readonly wallMs?: number | undefined;
  /** Peak memory, in units of 10^6 bytes, at most. */
  readonly peakMegabytes?: number | undefined;
}

/** Gets a client ready for a server, outside of what is measured. Each runs in a process of its own. */
export type Contender = (server: Server) => Promise<Work>;

/** Work that a client is ready to do. */
export interface Work {
  /** Does so many units; rejects when one of them fails, for what fails is cheap. */
  run(units: number): Promise<void>;
  close(): void | Promise<void>;
}

/** A program that answers a question by a command line. */
export interface Client {
  /** Of which peer the program is; left out, ours. */
  readonly peer?: PeerName | undefined;
  /** The part of the units that it does, where all would take minutes. */
  readonly share?: number | undefined;
  command(place: Place, units: number): CommandLine | Promise<CommandLine>;
}

/** Where a command line runs. */
export interface Place extends Server {
  /** Where it starts: a directory that was empty before this run. */
  readonly directory: string;
  /** A directory for what is made once for all runs. */
  readonly shared: string;
  /** The program and its first arguments, before those of the command: `node dist/campanile.mjs`, or a peer. */
  readonly program: readonly string[];
}

/** A command line, and what shows that it did its work. */
export interface CommandLine {
  readonly argv: readonly string[];
  /** How many lines it writes to standard output. */
  readonly lines?: number | undefined;
  /** How many keys each of these buckets holds afterwards. */
  readonly writes?: Readonly<Record<string, number>> | undefined;
}
