/** A key, and how many keys come up to it, with itself. */
interface Mark {
  readonly key: string;
  readonly upTo: number;
}

/** Some keys of a page in order, each with how many keys of the page come up to it, with itself. */
export interface KeySample {
  readonly count: number;
  readonly marks: readonly Mark[];
}

/**
 * Marks kept for each range to cut: a range is too large or too small by one of them at most, half
 * of one for most.
 */
const marksPerRange = 64;

/** The most marks in all, but for two a range: some 200 bytes each, 25 MB. */
const maxMarks = 1 << 17;

/** Bounds that cut keys into ranges. */
export interface CutKeys {
  /** Each the last key of a range; the last range goes on to the end. */
  readonly bounds: readonly string[];
  /** How many keys are in each range, one more than bounds. */
  readonly sizes: readonly number[];
}

/**
 * Cuts keys that come in order into ranges of equal count. How many come need not be known before;
 * a few are kept, spread evenly.
 */
export class EvenCut {
  readonly #ranges: number;
  readonly #mostMarks: number;
  #marks: Mark[] = [];
  #step = 1;
  #count = 0;
  #sampled = 0;

  constructor(ranges: number) {
    this.#ranges = ranges;
    this.#mostMarks = Math.max(2 * ranges, Math.min(marksPerRange * ranges, maxMarks));
  }

  /** How many keys have come. */
  get count(): number {
    return this.#count;
  }

  /**
   * Samples a page of so many keys, which may be added later. The more were sampled the fewer of a
   * page are enough, so pages that wait for their turn take little memory.
   */
  sample(count: number, keyAt: (index: number) => string): KeySample {
    this.#sampled += count;
    const every = Math.max(1, this.#step >> 2, Math.floor(this.#sampled / this.#mostMarks / 4));
    const marks: Mark[] = [];
    for (let i = every - 1; i < count; i += every) marks.push({ key: keyAt(i), upTo: i + 1 });
    return { count, marks };
  }

  /** Goes on with the next keys. */
  add({ count, marks }: KeySample): void {
    for (const { key, upTo } of marks) {
      const at = this.#count + upTo;
      if (at - (this.#marks.at(-1)?.upTo ?? 0) >= this.#step) this.#marks.push({ key, upTo: at });
    }
    this.#count += count;
    while (this.#marks.length > this.#mostMarks) this.#thin();
  }

  /** Cuts all keys that came. There are fewer ranges than asked for where there are fewer keys. */
  cut(): CutKeys {
    const bounds: string[] = [];
    const sizes: number[] = [];
    let before = 0;
    let next = 0;
    for (let i = 1; i < this.#ranges; i++) {
      const target = (i * this.#count) / this.#ranges;
      while (next < this.#marks.length - 1 && isNearer(this.#marks, next + 1, target)) next++;
      const mark = this.#marks[next];
      if (mark === undefined || mark.upTo <= before || mark.upTo >= this.#count) continue;
      bounds.push(mark.key);
      sizes.push(mark.upTo - before);
      before = mark.upTo;
    }
    return { bounds, sizes: [...sizes, this.#count - before] };
  }

  #thin(): void {
    this.#step *= 2;
    let last = 0;
    this.#marks = this.#marks.filter(({ upTo }) => {
      if (upTo - last < this.#step) return false;
      last = upTo;
      return true;
    });
  }
}

function isNearer(marks: readonly Mark[], index: number, target: number): boolean {
  return Math.abs(marks[index]!.upTo - target) <= Math.abs(marks[index - 1]!.upTo - target);
}
