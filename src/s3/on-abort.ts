/** Something under way that a signal can end. */
export interface Abortable {
  abort(reason: unknown): void;
}

/**
 * Calls `work.abort` when the signal aborts, until `offAbort` takes it off again.
 *
 * One signal goes down to millions of requests. An event listener for each would be searched for linearly every time one
 * is added or taken off; here a signal has one listener, and the requests under way are a set.
 */
export function onAbort(signal: AbortSignal, work: Abortable): void {
  let watched = watching.get(signal);
  if (watched === undefined) {
    watched = new Watched();
    watching.set(signal, watched);
  }
  if (watched.work.size === 0) signal.addEventListener("abort", watched);
  watched.work.add(work);
}

/** Takes off what `onAbort` put on; does nothing when it is off already. */
export function offAbort(signal: AbortSignal, work: Abortable): void {
  const watched = watching.get(signal);
  // Without a listener a derived signal (AbortSignal.any) can be collected.
  if (watched?.work.delete(work) && watched.work.size === 0) {
    signal.removeEventListener("abort", watched);
  }
}

class Watched {
  readonly work = new Set<Abortable>();

  handleEvent(event: Event): void {
    const { reason } = event.target as AbortSignal;
    const all = [...this.work];
    this.work.clear();
    for (const work of all) work.abort(reason);
  }
}

const watching = new WeakMap<AbortSignal, Watched>();
