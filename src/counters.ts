/**
 * Totals of a run by group and name, as Hadoop's counters are: a small fixed set (Hadoop allows 120
 * a job), never one a key. The groups and names of the original are kept: a bucket's `Bytes`,
 * `OutputBytes` and `InputBytes`.
 */
export class Counters {
  readonly #totals = new Map<string, Map<string, number>>();

  add(group: string, name: string, amount = 1): void {
    let totals = this.#totals.get(group);
    if (totals === undefined) this.#totals.set(group, (totals = new Map()));
    totals.set(name, (totals.get(name) ?? 0) + amount);
  }

  get(group: string, name: string): number {
    return this.#totals.get(group)?.get(name) ?? 0;
  }

  *[Symbol.iterator](): Generator<readonly [group: string, name: string, total: number]> {
    for (const [group, totals] of this.#totals) {
      for (const [name, total] of totals) yield [group, name, total];
    }
  }
}
