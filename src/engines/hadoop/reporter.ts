import type { Counters } from "../../counters.ts";

/**
 * How often a task speaks, in milliseconds. Hadoop looks at progress every 30 s at the earliest and
 * counts any line on standard error as such, at most one in 10 s.
 */
const intervalMs = 10_000;

/** Hadoop cuts a longer status. */
const maxStatusLength = 512;

/**
 * Tells Hadoop how far a task is, in the lines that Streaming reads from standard error:
 * `reporter:status:…` and what the counters have gained, together every ten seconds and at the end,
 * however many records there are.
 */
export class Reporter {
  readonly #counters: Counters;
  readonly #status: () => string;
  readonly #write: (text: string) => void;
  readonly #reported = new Map<string, number>();
  readonly #timer: NodeJS.Timeout;

  constructor(counters: Counters, status: () => string, write: (text: string) => void) {
    this.#counters = counters;
    this.#status = status;
    this.#write = write;
    this.#timer = setInterval(() => this.#report(), intervalMs);
    this.#timer.unref();
  }

  /** Reports what has not been, and is silent from then on. */
  stop(): void {
    clearInterval(this.#timer);
    this.#report();
  }

  #report(): void {
    let text = "";
    for (const [group, name, total] of this.#counters) {
      const counter = `${group}\0${name}`;
      const gained = total - (this.#reported.get(counter) ?? 0);
      if (gained === 0) continue;
      this.#reported.set(counter, total);
      text += `reporter:counter:${oneWord(group)},${oneWord(name)},${gained}\n`;
    }
    const status = this.#status()
      .replace(/[\r\n]/g, " ")
      .slice(0, maxStatusLength);
    this.#write(`${text}reporter:status:${status}\n`);
  }
}

/** A comma or a line end in a name would make it another counter's line. */
function oneWord(name: string): string {
  return name.replace(/[,\r\n]/g, "_");
}
