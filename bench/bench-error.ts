/** What keeps a benchmark from being run, for the person at the terminal; any other error is a bug. */
export class BenchError extends Error {
  override readonly name: string = "BenchError";
  /** As of the project's commands: 1 failed, 2 wrong usage. */
  readonly status: 1 | 2;

  constructor(message: string, status: 1 | 2 = 1) {
    super(message);
    this.status = status;
  }
}
