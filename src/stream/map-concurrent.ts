import { type Pages, recordsOf } from "./pages.ts";

/**
 * Works on up to `concurrency` records at a time and passes each on as the records that came of it,
 * in pages of all that is finished when the consumer asks. In the order of the input with
 * `ordered`, else in that of finishing.
 *
 * Nothing new begins while a page waits to be taken. When the input or the work fails, what has
 * begun is finished and passed on before the error is thrown: a result that nobody saw would be a
 * copy that nobody can account for. `work` rejects only to end the run.
 */
export async function* mapConcurrent<In, Out>(
  pages: Pages<In>,
  { concurrency, ordered = false }: { readonly concurrency: number; readonly ordered?: boolean },
  work: (record: In) => Promise<readonly Out[]> | readonly Out[],
): Pages<Out> {
  const window = new Window<Out>(ordered);
  const input = pages[Symbol.asyncIterator]();
  let failure: { readonly error: unknown } | undefined;
  let reading: Promise<void> | undefined;
  let page: readonly In[] | undefined = [];
  let at = 0;

  const read = async (): Promise<void> => {
    try {
      const next = await input.next();
      page = next.done === true ? undefined : recordsOf(next.value);
    } catch (error) {
      failure ??= { error };
      page = undefined;
    }
    at = 0;
    reading = undefined;
  };

  try {
    for (;;) {
      while (page !== undefined && at < page.length && window.size < concurrency) {
        if (window.failure !== undefined) break;
        window.begin(work, page[at++]!);
      }
      failure ??= window.failure;
      if (failure !== undefined) page = undefined;
      if (page !== undefined && at >= page.length) reading ??= read();

      const finished = window.take();
      if (finished.length > 0) {
        yield finished;
        continue;
      }
      if (window.size > 0 && reading !== undefined) await Promise.race([window.change(), reading]);
      else if (window.size > 0) await window.change();
      else if (reading !== undefined) await reading;
      else if (page === undefined) break;
    }
  } finally {
    // Also when the consumer stops: nothing of what has begun goes on behind its back.
    await reading;
    await window.idle();
    await input.return?.();
  }
  if (failure !== undefined) throw failure.error;
}

/** The records being worked on, and what has come of them. */
class Window<Out> {
  failure: { readonly error: unknown } | undefined;
  /** How many are under way, or finished and not yet allowed out. */
  size = 0;
  #running = 0;
  readonly #ordered: boolean;
  readonly #slots: { done: boolean; out: readonly Out[] }[] = [];
  #finished: Out[] = [];
  #wake: (() => void) | undefined;

  constructor(ordered: boolean) {
    this.#ordered = ordered;
  }

  begin<In>(work: (record: In) => Promise<readonly Out[]> | readonly Out[], record: In): void {
    const slot = { done: false, out: [] as readonly Out[] };
    this.size++;
    if (this.#ordered) this.#slots.push(slot);
    let out: Promise<readonly Out[]> | readonly Out[];
    try {
      out = work(record);
    } catch (error) {
      out = Promise.reject(error);
    }
    // A record that needed no request costs no promise.
    if (!(out instanceof Promise)) return this.#settle(slot, out);
    this.#running++;
    out.then(
      (records) => {
        this.#running--;
        this.#settle(slot, records);
      },
      (error: unknown) => {
        this.#running--;
        this.failure ??= { error };
        this.#settle(slot, []);
      },
    );
  }

  /** What is finished and allowed out. */
  take(): readonly Out[] {
    const finished = this.#finished;
    if (finished.length > 0) this.#finished = [];
    return finished;
  }

  /** Resolves when nothing is under way any more. */
  async idle(): Promise<void> {
    while (this.#running > 0) await this.change();
  }

  /**
   * Resolves when something more is finished, and then with all that is finished in this turn of
   * the event loop: replies come many at a time, and a page for each of them costs as much as a
   * tenth of a copy.
   */
  change(): Promise<void> {
    return new Promise((resolve) => (this.#wake = resolve));
  }

  #settle(slot: { done: boolean; out: readonly Out[] }, out: readonly Out[]): void {
    slot.done = true;
    slot.out = out;
    if (!this.#ordered) this.#release(slot);
    else while (this.#slots[0]?.done === true) this.#release(this.#slots.shift()!);
    if (this.#wake === undefined) return;
    setImmediate(this.#wake);
    this.#wake = undefined;
  }

  #release(slot: { readonly out: readonly Out[] }): void {
    this.size--;
    for (const record of slot.out) this.#finished.push(record);
  }
}
