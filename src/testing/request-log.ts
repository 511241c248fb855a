import type { OperationName } from "./route.ts";

/** A request that was answered, or whose connection ended. */
export interface LoggedRequest {
  readonly operation: OperationName;
  readonly bucket: string;
  readonly key: string;
  readonly accessKeyId: string | undefined;
  /** 0 when the connection was reset instead of an answer. */
  readonly status: number;
}

type Listener = (request: LoggedRequest) => void;

/** Counts requests by operation, refused ones too: a client is billed for what it sends. */
export class RequestLog {
  readonly #counts = new Map<OperationName, number>();
  readonly #listeners = new Set<Listener>();

  /** Requests of this operation so far. */
  count(operation: OperationName): number {
    return this.#counts.get(operation) ?? 0;
  }

  /** All requests so far. */
  get total(): number {
    let total = 0;
    for (const count of this.#counts.values()) total += count;
    return total;
  }

  /** Requests by operation; operations nobody asked for are not named. */
  byOperation(): Record<string, number> {
    return Object.fromEntries(this.#counts);
  }

  /** Begins to count anew. */
  clear(): void {
    this.#counts.clear();
  }

  /** Has a function called after each request; call what it returns to stop. */
  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** Counts a request that begins. */
  begin(operation: OperationName): void {
    this.#counts.set(operation, this.count(operation) + 1);
  }

  /** Tells the listeners of a request that is done. */
  end(request: LoggedRequest): void {
    for (const listener of this.#listeners) listener(request);
  }
}
