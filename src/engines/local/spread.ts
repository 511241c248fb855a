/** A heap has room for more when so few of its items are left: they last for as long as a list request takes. */
const fewItems = 128;

interface Heap<T> {
  readonly items: readonly T[];
  at: number;
  onFew: (() => void) | undefined;
}

/**
 * Takes items in turn from heaps that lie far from each other, so that not all requests of a time go to keys that are neighbours: S3
 * limits parts of a bucket separately.
 */
export class Spread<T> {
  readonly #heaps: Heap<T>[] = [];
  #turn = 0;
  #hasEnded = false;
  #wake: (() => void) | undefined;

  /** Adds a heap; `onFew` is called when few of its items are left. */
  add(items: readonly T[], onFew: () => void): void {
    const heap: Heap<T> = { items, at: 0, onFew };
    if (items.length > 0) this.#heaps.push(heap);
    tellIfFew(heap);
    this.#wake?.();
  }

  /** What is there is still given; then the pages end. */
  end(): void {
    this.#hasEnded = true;
    this.#wake?.();
  }

  /** What nobody has taken is not given any more. */
  drop(): void {
    this.#heaps.length = 0;
    this.end();
  }

  /** Whether there are items that nobody has taken. */
  get hasItems(): boolean {
    return this.#heaps.length > 0;
  }

  /** There may be room for more. */
  look(): void {
    this.#wake?.();
  }

  /** Pages of at most as many items as there is room for then. */
  async *pages(room: () => number): AsyncGenerator<readonly T[], void> {
    for (;;) {
      const page = this.#take(room());
      if (page.length > 0) {
        yield page;
        continue;
      }
      if (this.#hasEnded && !this.hasItems) return;
      await new Promise<void>((resolve) => (this.#wake = resolve));
      this.#wake = undefined;
    }
  }

  #take(size: number): T[] {
    const heaps = this.#heaps;
    const page: T[] = [];
    while (page.length < size && heaps.length > 0) {
      if (this.#turn >= heaps.length) this.#turn = 0;
      const heap = heaps[this.#turn]!;
      page.push(heap.items[heap.at++]!);
      if (heap.at === heap.items.length) heaps.splice(this.#turn, 1);
      else this.#turn++;
      tellIfFew(heap);
    }
    return page;
  }
}

function tellIfFew(heap: Heap<unknown>): void {
  if (heap.onFew === undefined || heap.items.length - heap.at > fewItems) return;
  const told = heap.onFew;
  heap.onFew = undefined;
  told();
}
