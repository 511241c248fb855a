/** What came over a connection is no HTTP/1.1 reply, or one that nobody can be sure to read rightly. */
export class BadReply extends Error {
  override readonly name: string = "BadReply";
  readonly code = "BAD_REPLY";
}
