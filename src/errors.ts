/**
 * Why a command ends: each reason has its exit status, and the numbers are a promise
 * (docs/exit-status.md).
 */
export type Reason =
  | "failed"
  | "usage"
  | "some-failed"
  | "denied"
  | "missing"
  | "different"
  | "interrupted";

/** The exit status of each reason. */
export const exitStatus: Readonly<Record<Reason, number>> = {
  failed: 1,
  usage: 2,
  "some-failed": 3,
  denied: 4,
  missing: 5,
  different: 6,
  interrupted: 130,
};

/**
 * An error written for the person at the terminal. Any other that reaches `main` is our bug.
 *
 * The message says what was tried, with the values, and has no final period; the hint says what to
 * do next.
 */
export class UserError extends Error {
  override readonly name: string = "UserError";
  readonly reason: Reason;
  readonly hint: string | undefined;

  constructor(
    reason: Reason,
    message: string,
    more: { readonly hint?: string | undefined; readonly cause?: unknown } = {},
  ) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.reason = reason;
    this.hint = more.hint;
  }
}
