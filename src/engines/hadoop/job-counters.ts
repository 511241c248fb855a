/** What a job has counted, by group and name: Hadoop's own and those of our stages. */
export class JobCounters {
  readonly #totals = new Map<string, Map<string, number>>();

  get(group: string, name: string): number {
    return this.#totals.get(group)?.get(name) ?? 0;
  }

  set(group: string, name: string, total: number): void {
    let totals = this.#totals.get(group);
    if (totals === undefined) this.#totals.set(group, (totals = new Map()));
    totals.set(name, total);
  }

  /** Those of a group. */
  of(group: string): ReadonlyMap<string, number> {
    return this.#totals.get(group) ?? new Map<string, number>();
  }

  /** True where nothing is known: a job always has counters of Hadoop's. */
  get isEmpty(): boolean {
    return this.#totals.size === 0;
  }

  toJson(): string {
    const groups = [...this.#totals].map(([group, totals]) => [group, Object.fromEntries(totals)]);
    return JSON.stringify(Object.fromEntries(groups), undefined, 2);
  }

  /** Reads what `toJson` has written. */
  static parse(json: string): JobCounters {
    const counters = new JobCounters();
    const groups = JSON.parse(json) as Readonly<Record<string, Readonly<Record<string, number>>>>;
    for (const [group, totals] of Object.entries(groups)) {
      for (const [name, total] of Object.entries(totals)) counters.set(group, name, total);
    }
    return counters;
  }
}
