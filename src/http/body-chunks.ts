/**
 * A body as a transport streams it: `next` gives its chunks, `drop` is called when whoever reads
 * wants no more of them.
 */
export function bodyChunks(
  next: () => Promise<IteratorResult<Uint8Array, undefined>>,
  drop: () => void,
): AsyncIterableIterator<Uint8Array, undefined> {
  const chunks: AsyncIterableIterator<Uint8Array, undefined> = {
    [Symbol.asyncIterator]: () => chunks,
    next,
    return: () => {
      drop();
      return Promise.resolve({ value: undefined, done: true });
    },
  };
  return chunks;
}
