import type { Page, Pages } from "./pages.ts";

/**
 * Works on up to `concurrency` records at a time, each of which gives pages, and passes these on as
 * they come: the pages of one record in their order, those of several mixed. Each holds at most one
 * page that nobody has taken. When one fails nothing more is begun, what waits is passed on, and
 * then the error is thrown.
 */
export async function* flatMapConcurrent<In, Out>(
  records: Pages<In>,
  concurrency: number,
  work: (record: In) => Pages<Out>,
): Pages<Out> {
  // An async generator answers calls of `next` in turn, so the workers can share it.
  const input = each(records);
  const waiting: { readonly page: Page<Out>; readonly taken: (goOn: boolean) => void }[] = [];
  let failure: { readonly error: unknown } | undefined;
  let closed = false;
  let wake: (() => void) | undefined;

  const offer = (page: Page<Out>): Promise<boolean> =>
    new Promise((taken) => {
      // Nobody looks any more: to wait for that would leave what makes the pages open.
      if (closed) return taken(false);
      waiting.push({ page, taken });
      wake?.();
    });
  const worker = async (): Promise<void> => {
    while (!closed && failure === undefined) {
      const next = await input.next();
      if (next.done === true) return;
      for await (const page of work(next.value)) if (!(await offer(page))) return;
    }
  };
  let running = concurrency;
  const ended = (error?: unknown): void => {
    if (error !== undefined) failure ??= { error };
    running--;
    wake?.();
  };
  const workers = Array.from({ length: concurrency }, () => worker().then(() => ended(), ended));

  try {
    while (running > 0 || waiting.length > 0) {
      const next = waiting.shift();
      if (next === undefined) {
        await new Promise<void>((resolve) => (wake = resolve));
        wake = undefined;
      } else {
        let goOn = false;
        try {
          yield next.page;
          goOn = failure === undefined;
        } finally {
          next.taken(goOn);
        }
      }
    }
  } finally {
    closed = true;
    for (const { taken } of waiting) taken(false);
    await input.return(undefined);
  }
  await Promise.all(workers);
  if (failure !== undefined) throw failure.error;
}

async function* each<T>(pages: Pages<T>): AsyncGenerator<T, undefined> {
  for await (const page of pages) for (const record of page) yield record;
  return undefined;
}
