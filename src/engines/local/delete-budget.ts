/** The most objects to delete: so many, or so many of a hundred that the target has. */
export type MaxDelete = { readonly objects: number } | { readonly percent: number };

/** Keys of the target that were listed, and those of them that were deleted. */
export interface DeletedBefore {
  readonly targets: number;
  readonly deleted: number;
}

/** So many deletions wait at most until it is known whether they are too many; they are in memory, with 200 bytes or more each. */
const maxWaiting = 1_000_000;

interface Waiting {
  readonly count: number;
  readonly answer: (may: boolean) => void;
}

/**
 * Sees to it that never more is deleted than may be. A part of the target is known only in the end: until then so much is let go as
 * is allowed of the keys that were listed by now, and the rest waits.
 */
export class DeleteBudget {
  readonly #max: MaxDelete;
  readonly #waiting: Waiting[] = [];
  #targets = 0;
  #allowed = 0;
  #asked = 0;
  #isOver = false;

  /** @param before What earlier processes of the same run know of the target, and have deleted. */
  constructor(max: MaxDelete, before: DeletedBefore = { targets: 0, deleted: 0 }) {
    this.#max = max;
    this.#targets = before.targets;
    this.#asked = before.deleted;
    this.#allowed = before.deleted;
  }

  /** Objects that were not deleted because that would have been too much. */
  refused = 0;
  /** Keys of the target that were listed. */
  get targets(): number {
    return this.#targets;
  }
  /** How many were to be deleted. */
  get asked(): number {
    return this.#asked;
  }

  /** Whether so many more may be deleted; `targets` more keys of the target are known. */
  mayDelete(count: number, targets: number): Promise<boolean> {
    this.#targets += targets;
    this.#asked += count;
    return new Promise((answer) => {
      if (count === 0) answer(true);
      else this.#waiting.push({ count, answer });
      this.#decide();
    });
  }

  /** All of the target is known. */
  end(): void {
    this.#isOver = true;
    this.#decide();
  }

  #decide(): void {
    const { objects = Number.POSITIVE_INFINITY } = this.#max as { readonly objects?: number };
    const { percent = 100 } = this.#max as { readonly percent?: number };
    const most = Math.min(objects, Math.floor((percent / 100) * this.#targets));
    const isOver = this.#asked > objects || (this.#isOver && this.#asked > most);
    for (;;) {
      const [next] = this.#waiting;
      if (next === undefined) return;
      const isTooMany = isOver || this.refused > 0;
      if (!isTooMany && this.#allowed + next.count <= most) {
        this.#allowed += next.count;
        next.answer(true);
      } else if (isTooMany || this.#isFull()) {
        this.refused += next.count;
        next.answer(false);
      } else return;
      this.#waiting.shift();
    }
  }

  #isFull(): boolean {
    return this.#asked - this.#allowed - this.refused > maxWaiting;
  }
}
