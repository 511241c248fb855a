import { lookup as systemLookup, type LookupAddress } from "node:dns";
import type { LookupFunction } from "node:net";

/** Asks for all addresses of a host, as `dns.lookup` does, which knows /etc/hosts and the order that this machine prefers. */
export type Lookup = (
  host: string,
  callback: (error: NodeJS.ErrnoException | null, addresses: readonly LookupAddress[]) => void,
) => void;

/**
 * How long an answer is used, in milliseconds. S3 answers with other addresses every few seconds, so connections that come about
 * over time spread over many; hundreds that come about at once need not ask hundreds of times.
 */
const answerMs = 5000;

/** How long an address that failed is taken last, in milliseconds. */
const failedMs = 60_000;

/** Addresses that one connection tries, at most; each gets its share of the time to connect. */
export const maxTried = 4;

/** The addresses of one host, and which of them to take next. */
export class Addresses {
  readonly #lookup: Lookup;
  readonly #now: () => number;
  readonly #random: () => number;
  #answer: readonly LookupAddress[] = [];
  #answeredAt = Number.NEGATIVE_INFINITY;
  /** Open connections by address. */
  readonly #open = new Map<string, number>();
  /** When an address failed last. */
  readonly #failedAt = new Map<string, number>();

  constructor({
    lookup = lookupAll,
    now = () => performance.now(),
    random = Math.random,
  }: {
    lookup?: Lookup | undefined;
    now?: (() => number) | undefined;
    random?: (() => number) | undefined;
  } = {}) {
    this.#lookup = lookup;
    this.#now = now;
    this.#random = random;
  }

  /**
   * A `lookup` for `net.connect`: gives the address to take and those to fall back on, in this order. One that asks afresh does not
   * get an answer that was used before.
   */
  lookup(afresh: boolean): LookupFunction {
    return (host, options, callback) => {
      const give = (): void => {
        const [first, ...others] = this.#ordered();
        if (options.all) callback(null, [first!, ...others]);
        else callback(null, first!.address, first!.family);
      };
      if (!afresh && this.#now() - this.#answeredAt < answerMs) {
        give();
        return;
      }
      this.#lookup(host, (error, addresses) => {
        if (error !== null || addresses.length === 0) {
          callback(
            error ?? Object.assign(new Error(`${host} has no address`), { code: "ENOTFOUND" }),
            [],
          );
          return;
        }
        this.#answer = addresses;
        this.#answeredAt = this.#now();
        give();
      });
    };
  }

  /** A connection to the address is open. */
  opened(address: string): void {
    this.#open.set(address, (this.#open.get(address) ?? 0) + 1);
  }

  /** A connection to the address is open no longer. */
  closed(address: string): void {
    const left = (this.#open.get(address) ?? 1) - 1;
    if (left === 0) this.#open.delete(address);
    else this.#open.set(address, left);
  }

  /** What was asked there went wrong: others go first for a while. */
  failed(address: string): void {
    const now = this.#now();
    for (const [other, at] of this.#failedAt) {
      if (now - at >= failedMs) this.#failedAt.delete(other);
    }
    this.#failedAt.set(address, now);
  }

  /**
   * Addresses that did not fail lately go first, those that failed least lately next; among equals those with fewer connections,
   * and then as chance has it.
   */
  #ordered(): readonly LookupAddress[] {
    const now = this.#now();
    const failedAt = (address: string): number => {
      const at = this.#failedAt.get(address);
      return at === undefined || now - at >= failedMs ? Number.NEGATIVE_INFINITY : at;
    };
    return this.#answer
      .map((each) => ({
        each,
        failedAt: failedAt(each.address),
        open: this.#open.get(each.address) ?? 0,
        chance: this.#random(),
      }))
      .sort((a, b) => {
        if (a.failedAt !== b.failedAt) return a.failedAt < b.failedAt ? -1 : 1;
        return a.open - b.open || a.chance - b.chance;
      })
      .slice(0, maxTried)
      .map(({ each }) => each);
  }
}

const lookupAll: Lookup = (host, callback) => {
  systemLookup(host, { all: true }, callback);
};
