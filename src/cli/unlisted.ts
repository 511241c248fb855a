import { UserError } from "../errors.ts";
import { type ListLine, listLineCodec } from "../ranges/list-line.ts";
import { explain, type Subject } from "../s3/explain.ts";
import { type Io, say } from "./io.ts";

/**
 * Tells of what could not be listed, as the lines of a part file that stand for it: they can be fed to
 * bucketlist as they are.
 */
export class Unlisted {
  readonly #io: Io;
  readonly #bucket: Subject;
  #count = 0;

  constructor(io: Io, bucket: Subject) {
    this.#io = io;
    this.#bucket = bucket;
  }

  note(what: ListLine, error: Error): void {
    this.#count++;
    const { message } = explain(error, `list a part of "s3://${this.#bucket.name}"`, this.#bucket);
    say(this.#io, `campanile: ${message}; it is:\n${listLineCodec.encode(what)}`);
  }

  /** Throws a UserError of exit status 3 when something could not be listed. */
  throwIfAny(): void {
    if (this.#count === 0) return;
    const { name } = this.#bucket;
    const parts = this.#count === 1 ? "a part" : `${this.#count} parts`;
    throw new UserError("some-failed", `cannot list ${parts} of "s3://${name}"`, {
      hint: `to list what is missing, feed the lines above to: campanile bucketlist --bucket ${name}`,
    });
  }
}
