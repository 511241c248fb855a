/**
 * Compares bytes as they come, in pieces of any size; gives the place of the first that differs, or where one ends before the other,
 * and undefined when all are the same.
 */
export async function firstDifference(
  a: AsyncIterable<Uint8Array>,
  b: AsyncIterable<Uint8Array>,
): Promise<number | undefined> {
  const sides = [a[Symbol.asyncIterator](), b[Symbol.asyncIterator]()] as const;
  let [rest, otherRest]: readonly Uint8Array[] = [nothing, nothing];
  try {
    for (let at = 0; ;) {
      // Both at a time: each waits for a network of its own.
      const [next, otherNext] = await Promise.all([
        rest!.length > 0 ? rest : nextOf(sides[0]),
        otherRest!.length > 0 ? otherRest : nextOf(sides[1]),
      ]);
      if (next === undefined || otherNext === undefined) return next === otherNext ? undefined : at;
      const length = Math.min(next.length, otherNext.length);
      const [piece, otherPiece] = [next.subarray(0, length), otherNext.subarray(0, length)];
      if (Buffer.compare(piece, otherPiece) !== 0) {
        return at + piece.findIndex((byte, i) => byte !== otherPiece[i]);
      }
      at += length;
      rest = next.subarray(length);
      otherRest = otherNext.subarray(length);
    }
  } finally {
    for (const side of sides) await side.return?.();
  }
}

const nothing = new Uint8Array();

/** The next piece that is not empty; undefined at the end. */
async function nextOf(pieces: AsyncIterator<Uint8Array>): Promise<Uint8Array | undefined> {
  for (;;) {
    const next = await pieces.next();
    if (next.done === true) return undefined;
    if (next.value.length > 0) return next.value;
  }
}
