import type { OperationName } from "./route.ts";

/**
 * What goes wrong.
 *
 * | kind | what the client sees | is the request carried out? |
 * | --- | --- | --- |
 * | slowDown | 503 SlowDown, with `ratePerSecond` only for requests above that rate | no |
 * | internalError | 500 InternalError | no |
 * | error | the S3 error that `code` names | no |
 * | resetBefore | the connection is reset | no |
 * | resetAfter | the connection is reset | yes: the answer is lost |
 * | delay | the answer comes `delayMs` later | yes |
 * | stall | no answer, and the connection stays open | no |
 * | cutBody | half of a reply's body, or `afterBytes`, then the connection ends | yes |
 * | stallBody | the same, but the connection stays open | yes |
 * | flipBody | of a GET: one byte of the body is another. Of a PUT: the server receives another byte than was sent | yes |
 * | tornRead | a whole reply of GetObject, but another object lies at the key since its first bytes were sent | yes |
 * | early200 | 200 and white space, after `delayMs` the result or, inside the 200, the error | yes |
 * | errorInside200 | 200 and white space, then an error document | no, unless `withEffect` |
 */
export type FaultKind =
  | "slowDown"
  | "internalError"
  | "error"
  | "resetBefore"
  | "resetAfter"
  | "delay"
  | "stall"
  | "cutBody"
  | "stallBody"
  | "flipBody"
  | "tornRead"
  | "early200"
  | "errorInside200";

/**
 * Something that goes wrong with some requests. Without conditions it goes wrong with every request
 * it can happen to.
 */
export interface Fault {
  readonly kind: FaultKind;
  /** An S3 operation's name; absent: any that this can happen to. */
  readonly operation?: OperationName;
  readonly bucket?: string;
  readonly key?: string;
  /** 0 to 1: how likely a matching request is struck. */
  readonly chance?: number;
  /** It strikes so many times, then no more. */
  readonly count?: number;
  /** The first so many matching requests are spared. */
  readonly after?: number;
  /** So many matching requests a second are spared. */
  readonly ratePerSecond?: number;
  readonly delayMs?: number;
  /** The error of `error` and `errorInside200`; absent: InternalError. */
  readonly code?: string;
  /** Where `cutBody`, `stallBody` and `tornRead` break the body off; absent: in the middle. */
  readonly afterBytes?: number;
  /** What `tornRead` puts at the key; absent: as many bytes, each one different. */
  readonly replacement?: string | Uint8Array;
  /** For `errorInside200`: the operation is carried out although the answer is an error. */
  readonly withEffect?: boolean;
}

/** What a fault is matched with. */
export interface FaultTarget {
  readonly operation: OperationName;
  readonly method: string;
  readonly bucket: string;
  readonly key: string;
}

/** The faults that struck a request, by kind. */
export type Struck = ReadonlyMap<FaultKind, Fault>;

interface Planned {
  readonly fault: Fault;
  matched: number;
  struck: number;
  /** Requests that may still pass, for `ratePerSecond`. */
  allowance: number;
  countedAt: number;
}

/** The faults a server makes. They can be changed while it runs. */
export class FaultPlan {
  #planned: Planned[] = [];
  readonly #now: () => Date;
  readonly #random: () => number;

  constructor(now: () => Date, random: () => number) {
    this.#now = now;
    this.#random = random;
  }

  /** Adds faults; several may strike one request. */
  add(...faults: readonly Fault[]): void {
    for (const fault of faults) {
      const allowance = fault.ratePerSecond ?? 0;
      const countedAt = this.#now().getTime();
      this.#planned.push({ fault, matched: 0, struck: 0, allowance, countedAt });
    }
  }

  /** Forgets all faults. */
  clear(): void {
    this.#planned = [];
  }

  /** How often faults of a kind have struck since they were added. */
  struck(kind: FaultKind): number {
    return this.#planned.reduce(
      (sum, { fault, struck }) => sum + (fault.kind === kind ? struck : 0),
      0,
    );
  }

  /** Decides what goes wrong with a request. Called once for each, since it counts. */
  draw(target: FaultTarget): Struck {
    const struck = new Map<FaultKind, Fault>();
    for (const planned of this.#planned) {
      if (!matches(planned.fault, target) || !this.#strikes(planned)) continue;
      planned.struck += 1;
      struck.set(planned.fault.kind, planned.fault);
    }
    return struck;
  }

  #strikes(planned: Planned): boolean {
    const { fault } = planned;
    planned.matched += 1;
    if (planned.matched <= (fault.after ?? 0)) return false;
    if (planned.struck >= (fault.count ?? Infinity)) return false;
    if (fault.ratePerSecond !== undefined) {
      const now = this.#now().getTime();
      const earned = ((now - planned.countedAt) / 1000) * fault.ratePerSecond;
      planned.allowance = Math.min(fault.ratePerSecond, planned.allowance + earned);
      planned.countedAt = now;
      if (planned.allowance >= 1) {
        planned.allowance -= 1;
        return false;
      }
    }
    return fault.chance === undefined || this.#random() < fault.chance;
  }
}

/** Operations that S3 may answer with 200 before it knows how they end. */
const early: readonly OperationName[] = ["CopyObject", "UploadPartCopy", "CompleteMultipartUpload"];
const withBytes: readonly OperationName[] = ["GetObject", "PutObject", "UploadPart"];

function matches(fault: Fault, { operation, method, bucket, key }: FaultTarget): boolean {
  if (fault.operation !== undefined && fault.operation !== operation) return false;
  if (fault.bucket !== undefined && fault.bucket !== bucket) return false;
  if (fault.key !== undefined && fault.key !== key) return false;
  switch (fault.kind) {
    case "cutBody":
    case "stallBody":
      return method === "GET";
    case "flipBody":
      return withBytes.includes(operation);
    case "tornRead":
      return operation === "GetObject";
    case "early200":
    case "errorInside200":
      return early.includes(operation);
    default:
      return true;
  }
}
