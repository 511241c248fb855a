import { Refusal } from "./errors.ts";

/** A run of bytes, both ends included. */
export interface ByteRange {
  readonly first: number;
  readonly last: number;
}

/**
 * Reads a Range header for a body of `size` bytes. What is not one range of bytes is passed over,
 * as RFC 9110 (section 14.2) and S3 do, and gives undefined: the whole body. A range that begins
 * behind the end is refused with 416.
 */
export function parseRange(header: string, size: number): ByteRange | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header.trim());
  if (match === null) return undefined;
  const [, from, to] = match;
  if (from === "" && to === "") return undefined;
  if (from === "") {
    const length = Math.min(Number(to), size);
    if (length === 0) throw notSatisfiable(header, size);
    return { first: size - length, last: size - 1 };
  }
  const first = Number(from);
  const last = to === "" ? size - 1 : Math.min(Number(to), size - 1);
  if (to !== "" && Number(to) < first) return undefined;
  if (first >= size) throw notSatisfiable(header, size);
  return { first, last };
}

/**
 * Reads `x-amz-copy-source-range`, which must be exactly `bytes=first-last` and lie inside the
 * source.
 */
export function parseCopyRange(header: string, size: number): ByteRange {
  const match = /^bytes=(\d+)-(\d+)$/.exec(header);
  const first = Number(match?.[1]);
  const last = Number(match?.[2]);
  if (match === null || last < first) {
    throw new Refusal("InvalidArgument", {
      message:
        "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the " +
        "zero-based offsets of the first and last bytes to copy",
      details: { ArgumentName: "x-amz-copy-source-range", ArgumentValue: header },
    });
  }
  if (last >= size) {
    throw new Refusal("InvalidArgument", {
      message: `Range specified is not valid for source object of size: ${size}`,
      details: { ArgumentName: "x-amz-copy-source-range", ArgumentValue: header },
    });
  }
  return { first, last };
}

/** The bytes of a range, without copying them. */
export function slice(data: readonly Buffer[], { first, last }: ByteRange): Buffer[] {
  const pieces: Buffer[] = [];
  let start = 0;
  for (const piece of data) {
    const end = start + piece.length;
    if (end > first && start <= last) {
      pieces.push(
        piece.subarray(Math.max(0, first - start), Math.min(piece.length, last + 1 - start)),
      );
    }
    start = end;
  }
  return pieces;
}

function notSatisfiable(header: string, size: number): Refusal {
  return new Refusal("InvalidRange", {
    details: { RangeRequested: header, ActualObjectSize: String(size) },
    headers: { "content-range": `bytes */${size}` },
  });
}
