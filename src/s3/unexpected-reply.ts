import { S3Error } from "./error.ts";

/**
 * An answer that says success but is not what S3 promises: a document that is cut or malformed, a
 * header that is missing, other bytes than were asked for. It is never taken for a shorter or an
 * emptier answer.
 */
export class UnexpectedReplyError extends S3Error {
  override readonly name: string = "UnexpectedReplyError";

  constructor(message: string, status = 200) {
    super("UnexpectedReply", message, { status });
  }
}
