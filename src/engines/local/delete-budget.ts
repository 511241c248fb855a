/** The most objects to delete: so many, or so many of a hundred that the target has. */
export type MaxDelete = { readonly objects: number } | { readonly percent: number };

/** Keys of the target that were listed, and those of them that were deleted. */
export interface DeletedBefore {
  readonly targets: number;
  readonly deleted: number;
}

/** So many deletions wait at most until it is known whether they are too many; they are in memory, with 500 bytes or so each. */
const maxWaiting = 1_000_000;

interface Waiting {
  readonly count: number;
  readonly answer: (may: boolean) => void;
}

/**
 * Sees to it that never more is deleted than may be. What a percentage comes to is known only in the end: until then deletions go as long
 * as all that were asked for are no more than that of the keys listed by now, and else all that are left wait. So nothing of a
 * target is deleted whose source is empty.
 */
export class DeleteBudget {
  readonly #max: MaxDelete;
  readonly #waiting: Waiting[] = [];
  #targets = 0;
  /** How many wait. */
  #held = 0;
  #asked = 0;
  #hasEnded = false;

  /** @param before What earlier processes of the same run know of the target, and have deleted. */
  constructor(max: MaxDelete, before: DeletedBefore = { targets: 0, deleted: 0 }) {
    this.#max = max;
    this.#targets = before.targets;
    this.#asked = before.deleted;
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
    this.#held += count;
    return new Promise((answer) => {
      if (count === 0) answer(true);
      else this.#waiting.push({ count, answer });
      this.#decide();
    });
  }

  /** All of the target is known. */
  end(): void {
    this.#hasEnded = true;
    this.#decide();
  }

  #decide(): void {
    const { objects = Number.POSITIVE_INFINITY } = this.#max as { readonly objects?: number };
    const { percent = 100 } = this.#max as { readonly percent?: number };
    const most = Math.min(objects, Math.floor((percent / 100) * this.#targets));
    const isMore = this.#asked > most;
    const isForGood = this.#hasEnded || this.#asked > objects || this.#held > maxWaiting;
    const isTooMany = this.refused > 0 || (isMore && isForGood);
    if (isMore && !isTooMany) return;
    if (isTooMany) this.refused += this.#held;
    this.#held = 0;
    for (const { answer } of this.#waiting.splice(0)) answer(!isTooMany);
  }
}
