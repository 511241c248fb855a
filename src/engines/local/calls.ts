import { errorOfPlain, plainError, type PlainError } from "./plain-error.ts";

/** A call, an answer to one, or word of it meanwhile. */
type Message =
  | { readonly kind: "call"; readonly id: number; readonly name: string; readonly args: unknown }
  | { readonly kind: "answer"; readonly id: number; readonly value: unknown }
  | { readonly kind: "failure"; readonly id: number; readonly error: PlainError }
  | { readonly kind: "word"; readonly id: number };

/** An answer, and the memory in it that goes to the other thread as it is, without a copy. */
export class HandedOver {
  readonly value: unknown;
  readonly memory: ArrayBuffer[];

  constructor(value: unknown, memory: ArrayBuffer[]) {
    this.value = value;
    this.memory = memory;
  }
}

/** Answers calls from the other thread; `tell` sends word to who has called, before there is an answer. */
export type Answers = Readonly<Record<string, (args: never, tell: () => void) => unknown>>;

/** An end of the channel between two threads: a MessagePort, or a Worker. */
interface Port {
  postMessage(message: unknown, transfer: ArrayBuffer[]): void;
  on(event: "message", listener: (message: Message) => void): unknown;
}

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly onWord: (() => void) | undefined;
}

/** Calls functions of another thread, and lets it call some here. */
export class Calls {
  readonly #port: Port;
  readonly #answers: Answers;
  readonly #waiting = new Map<number, Waiting>();
  #last = 0;
  #failure: Error | undefined;

  constructor(port: Port, answers: Answers) {
    this.#port = port;
    this.#answers = answers;
    port.on("message", (message) => this.#take(message));
  }

  /** Calls a function there. What is handed over goes as a structured clone. */
  call<T>(name: string, args: unknown, onWord?: () => void): Promise<T> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    return new Promise<T>((resolve, reject) => {
      const id = ++this.#last;
      this.#waiting.set(id, { resolve: resolve as (value: unknown) => void, reject, onWord });
      this.#send({ kind: "call", id, name, args });
    });
  }

  /** Fails what waits for an answer, and all calls to come: the other thread is gone. */
  fail(error: Error): void {
    this.#failure ??= error;
    for (const { reject } of this.#waiting.values()) reject(this.#failure);
    this.#waiting.clear();
  }

  #take(message: Message): void {
    if (message.kind === "call") {
      void this.#answer(message);
      return;
    }
    const waiting = this.#waiting.get(message.id);
    if (message.kind === "word") {
      waiting?.onWord?.();
      return;
    }
    this.#waiting.delete(message.id);
    if (message.kind === "answer") waiting?.resolve(message.value);
    else waiting?.reject(errorOfPlain(message.error));
  }

  async #answer({ id, name, args }: Message & { readonly kind: "call" }): Promise<void> {
    try {
      const tell = (): void => this.#send({ kind: "word", id });
      const value = await this.#answers[name]!(args as never, tell);
      if (value instanceof HandedOver) {
        this.#send({ kind: "answer", id, value: value.value }, value.memory);
      } else this.#send({ kind: "answer", id, value });
    } catch (error) {
      this.#send({ kind: "failure", id, error: plainError(error) });
    }
  }

  #send(message: Message, memory: ArrayBuffer[] = []): void {
    this.#port.postMessage(message, memory);
  }
}
