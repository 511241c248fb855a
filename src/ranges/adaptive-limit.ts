/** The first limit: enough to see whether more pays, and few enough for a bucket of a few pages. */
const firstLimit = 16;

/** A limit is tried over so many replies for each request under way: one round of them is too uneven to be a rate. */
const roundsPerTrial = 2;

/** By how much the limit grows at a time. */
const growth = 1.5;

/** The part of what the growth promises that must come of it. */
const paidPart = 0.3;

/** After growth that did not pay it is not tried again for so many trials. */
const restTrials = 20;

/** A limit must be worth its splits: it grows only while so many replies have come for each request of the next limit. */
const repliesPerSlot = 8;

/** A trial with more of its replies than this part while slots were free tells nothing about the limit. */
const mostUnused = 0.2;

/**
 * Finds how many requests to have under way at a time: begins small, grows while more requests bring more replies a second, and goes
 * back when they do not, be it that this process has no more to give, the network, or the server. A server that refuses requests is
 * not answered here: the client's pace does that, and then more requests bring no more replies.
 */
export class AdaptiveLimit {
  readonly #most: number;
  #limit: number;
  #repliesInAll = 0;
  #replies = 0;
  #unused = 0;
  #startedAt: number;
  #rest = 0;
  /** The limit before this one, and the replies a millisecond that it brought. */
  #before: { readonly limit: number; readonly rate: number } | undefined;

  /** @param now In milliseconds. */
  constructor(most: number, now: number) {
    this.#most = most;
    this.#limit = Math.min(firstLimit, most);
    this.#startedAt = now;
  }

  get limit(): number {
    return this.#limit;
  }

  /** Notes a reply, and how many requests were under way with it. */
  noteReply(underWay: number, now: number): void {
    this.#repliesInAll++;
    this.#replies++;
    if (underWay < this.#limit) this.#unused++;
    if (this.#replies < roundsPerTrial * this.#limit) return;
    const rate = this.#replies / Math.max(now - this.#startedAt, 1);
    const isTelling = this.#unused <= mostUnused * this.#replies;
    this.#replies = 0;
    this.#unused = 0;
    this.#startedAt = now;
    if (isTelling) this.#judge(rate);
  }

  #judge(rate: number): void {
    const limit = this.#limit;
    if (this.#rest > 0) {
      this.#rest--;
      return;
    }
    const before = this.#before;
    if (before !== undefined && before.limit < limit) {
      const promised = limit / before.limit - 1;
      if (rate < before.rate * (1 + paidPart * promised)) {
        this.#limit = before.limit;
        this.#before = undefined;
        this.#rest = restTrials;
        return;
      }
    }
    const next = Math.min(this.#most, Math.ceil(limit * growth));
    if (next === limit || this.#repliesInAll < repliesPerSlot * next) return;
    this.#before = { limit, rate };
    this.#limit = next;
  }
}
