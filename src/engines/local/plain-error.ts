import { UserError, type Reason } from "../../errors.ts";
import { S3Error } from "../../s3/error.ts";
import { TransportError, type Stage } from "../../s3/transport.ts";
import { UnexpectedReplyError } from "../../s3/unexpected-reply.ts";

/** An error as it goes from one thread to another, which keeps only those of the language itself. */
export type PlainError = { readonly message: string; readonly stack: string | undefined } & (
  | {
      readonly kind: "s3";
      readonly code: string;
      readonly more: ConstructorParameters<typeof S3Error>[2];
    }
  | { readonly kind: "transport"; readonly code: string; readonly stage: Stage }
  | { readonly kind: "user"; readonly reason: Reason; readonly hint: string | undefined }
  | { readonly kind: "reply" }
  | { readonly kind: "other" }
);

/** Makes an error plain. */
export function plainError(error: unknown): PlainError {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  const told = { message, stack };
  if (error instanceof S3Error) {
    const { code, status, bucket, operation, requestId, region, condition, retryAfterMs } = error;
    const more = { status, bucket, operation, requestId, region, condition, retryAfterMs };
    return { kind: "s3", ...told, code, more };
  }
  if (error instanceof TransportError) {
    return { kind: "transport", ...told, code: error.code, stage: error.stage };
  }
  if (error instanceof UserError) {
    return { kind: "user", ...told, reason: error.reason, hint: error.hint };
  }
  if (error instanceof UnexpectedReplyError) return { kind: "reply", ...told };
  return { kind: "other", ...told };
}

/** Makes it an error of its class again. */
export function errorOfPlain(plain: PlainError): Error {
  const error = made(plain);
  // Where it comes from is in the other thread.
  if (plain.stack !== undefined) error.stack = plain.stack;
  return error;
}

function made(plain: PlainError): Error {
  const { message } = plain;
  switch (plain.kind) {
    case "s3":
      return new S3Error(plain.code, message, plain.more);
    case "transport":
      return new TransportError(plain.code, message, plain.stage);
    case "user":
      return new UserError(plain.reason, message, { hint: plain.hint });
    case "reply":
      return new UnexpectedReplyError(message);
    default:
      return new Error(message);
  }
}
