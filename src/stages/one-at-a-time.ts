/** Does what is asked for under one name in turn, and what is asked for under others meanwhile. */
export class OneAtATime {
  readonly #last = new Map<string, Promise<unknown>>();

  /**
   * Begins the work when all that was asked for under this name before is over, however it ended.
   */
  async run<T>(name: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(name);
    const own = before === undefined ? work() : before.then(work, work);
    this.#last.set(name, own);
    try {
      return await own;
    } finally {
      if (this.#last.get(name) === own) this.#last.delete(name);
    }
  }
}
