/** Something under way that a signal can end. */
export interface Abortable {
  abort(reason: unknown): void;
  /**
   * Its place among all that the signal can end, which `onAbort` keeps here; nobody else needs it.
   */
  watchedAt?: number | undefined;
}

/**
 * Calls `work.abort` when the signal aborts, until `offAbort` takes it off again.
 *
 * One signal goes down to millions of requests. An event listener for each would be searched for
 * linearly every time one is added or taken off; here a signal has one listener, and the requests
 * under way are an array in which each knows its place. A Set would do, but leaves its outgrown
 * tables behind, each of which keeps the next one from being collected: it made the garbage
 * collector three times as expensive.
 */
export function onAbort(signal: AbortSignal, work: Abortable): void {
  let watched = watching.get(signal);
  if (watched === undefined) {
    watched = new Watched();
    watching.set(signal, watched);
  }
  if (watched.work.length === 0) signal.addEventListener("abort", watched);
  if (work.watchedAt === undefined) work.watchedAt = watched.work.push(work) - 1;
}

/** Takes off what `onAbort` put on; does nothing when it is off already. */
export function offAbort(signal: AbortSignal, work: Abortable): void {
  const watched = watching.get(signal);
  // Without a listener a derived signal (AbortSignal.any) can be collected.
  if (watched?.remove(work) && watched.work.length === 0) {
    signal.removeEventListener("abort", watched);
  }
}

class Watched {
  readonly work: Abortable[] = [];

  remove(work: Abortable): boolean {
    const place = work.watchedAt;
    if (place === undefined) return false;
    work.watchedAt = undefined;
    const last = this.work.pop()!;
    if (last !== work) {
      this.work[place] = last;
      last.watchedAt = place;
    }
    return true;
  }

  handleEvent(event: Event): void {
    const { reason } = event.target as AbortSignal;
    const all = this.work.splice(0);
    for (const work of all) work.watchedAt = undefined;
    for (const work of all) work.abort(reason);
  }
}

const watching = new WeakMap<AbortSignal, Watched>();
