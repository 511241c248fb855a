import { AdaptiveLimit } from "./adaptive-limit.ts";
import type { ListingBudget } from "./list-parallel.ts";

/** What a listing has of what several share; to be closed when it has ended. */
export interface BudgetShare extends ListingBudget {
  close(): void;
}

/** How many requests a listing can make use of: one that cannot be cut into ranges sends one after another. */
export type BudgetNeed = "one" | "many";

/**
 * Requests and pages that wait, shared by listings side by side: in equal parts, and when one ends the
 * others have its part. Each may always have one request under way.
 */
export class SharedBudget {
  readonly #limitOfAll: Pick<AdaptiveLimit, "limit" | "noteReply">;
  readonly #windowPages: number;
  /** The shares by how many requests they had under way when last heard of. */
  readonly #underWay = new Map<BudgetShare, { readonly need: BudgetNeed; requests: number }>();

  /**
   * @param concurrency Requests under way at a time in all; with `adaptive`, as many as bring more, up
   * to so many.
   * @param now In milliseconds.
   */
  constructor({ concurrency, adaptive, windowPages }: SharedBudgetOptions, now: number) {
    this.#limitOfAll = adaptive
      ? new AdaptiveLimit(concurrency, now)
      : { limit: concurrency, noteReply: () => {} };
    this.#windowPages = windowPages;
  }

  /** Opens a share for one more listing. */
  open(need: BudgetNeed): BudgetShare {
    const limit = (): number => (need === "one" ? 1 : this.#limitOfOne(share));
    const window = (): number => Math.max(1, Math.floor(this.#windowPages / this.#underWay.size));
    const share: BudgetShare = {
      get limit() {
        return limit();
      },
      get windowPages() {
        return window();
      },
      noteReply: (underWay, now) => {
        const own = this.#underWay.get(share);
        // Requests that were given up are heard of when their listing has ended.
        if (own === undefined) return;
        own.requests = underWay;
        let all = 0;
        for (const { requests } of this.#underWay.values()) all += requests;
        this.#limitOfAll.noteReply(all, now);
      },
      close: () => this.#underWay.delete(share),
    };
    this.#underWay.set(share, { need, requests: 0 });
    return share;
  }

  /** What is left of an equal division goes to the oldest. */
  #limitOfOne(share: BudgetShare): number {
    const shares = [...this.#underWay];
    const many = shares.filter(([, { need }]) => need === "many");
    const left = this.#limitOfAll.limit - (shares.length - many.length);
    const rank = many.findIndex(([other]) => other === share);
    return Math.max(1, Math.floor((left + many.length - 1 - rank) / many.length));
  }
}

/** What there is to share. */
export interface SharedBudgetOptions {
  readonly concurrency: number;
  readonly adaptive?: boolean | undefined;
  /** Pages that wait for those before them, in all. */
  readonly windowPages: number;
}
