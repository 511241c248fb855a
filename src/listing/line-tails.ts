import { encodeAttributes } from "../record/attributes.ts";
import { columns } from "../s3/list-columns.ts";
import { objectsOf } from "../s3/list-page.ts";
import type { ListedRows } from "../s3/listed-rows.ts";
import { entryOf } from "./listed-entry.ts";

/** How a line ends: with its attributes, if there are any, and LF. */
interface Tails {
  /** Of an object that was written in one piece. */
  readonly whole: Buffer;
  /** Of one in parts, by its ETag. */
  readonly inParts: Buffer;
}

/**
 * The ends of the lines of a page. They come of an object's class, checksum and restore state, and of whether it is in parts, and are
 * made by way of an entry, once for all objects that have these alike.
 */
export class LineTails {
  readonly #rows: ListedRows;
  readonly #known = new Map<string, Tails>();
  #lastRow = -1;
  #last: Tails | undefined;

  constructor(rows: ListedRows) {
    this.#rows = rows;
  }

  of(row: number): Buffer {
    let tails = this.#last;
    if (tails === undefined || !this.#isAsLast(row)) {
      tails = this.#find(row);
      this.#last = tails;
      this.#lastRow = row;
    }
    if (tails.whole === tails.inParts) return tails.whole;
    return isInParts(this.#rows, row) ? tails.inParts : tails.whole;
  }

  /** Whether the columns mean the same bytes, as they do in rows that a template has filled. */
  #isAsLast(row: number): boolean {
    const { table } = this.#rows;
    const last = this.#lastRow;
    for (let column = columns.storageClass; column < columns.width; column++) {
      if (table[row + column] !== table[last + column]) return false;
    }
    return true;
  }

  #find(row: number): Tails {
    const { bytes, table } = this.#rows;
    let name = String(table[row + columns.isRestoring]);
    for (let column = columns.storageClass; column < columns.isRestoring; column += 2) {
      name += `<${bytes.toString("latin1", table[row + column], table[row + column + 1])}`;
    }
    let tails = this.#known.get(name);
    if (tails === undefined) this.#known.set(name, (tails = this.#make(row)));
    return tails;
  }

  #make(row: number): Tails {
    const index = row / columns.width;
    const [object] = objectsOf(this.#rows, index, index + 1);
    const tailOf = (etag: string): Buffer => {
      const last = encodeAttributes(entryOf({ ...object!, etag }).attributes);
      return Buffer.from(last === "" ? "\n" : `\t${last}\n`);
    };
    const whole = tailOf("0");
    const inParts = tailOf("0-1");
    return whole.equals(inParts) ? { whole, inParts: whole } : { whole, inParts };
  }
}

/** Whether an ETag ends in `-N`, as `partCount` has it: in one to five digits. */
function isInParts({ bytes, table }: ListedRows, row: number): boolean {
  const begin = table[row + columns.etag]!;
  const end = table[row + columns.etag + 1]!;
  let at = end - 1;
  while (at >= begin && bytes[at]! >= 0x30 && bytes[at]! <= 0x39) at--;
  const digits = end - 1 - at;
  return digits >= 1 && digits <= 5 && at >= begin && bytes[at] === 0x2d;
}
