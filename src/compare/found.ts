import type { Entry } from "../record/entry.ts";
import type { S3Error } from "../s3/error.ts";
import type { Basis } from "./compare-entries.ts";

/** What is found of a key. */
export interface Found {
  readonly kind: "same" | "added" | "changed" | "removed";
  /** The source's entry, or the target's of what only it has. */
  readonly entry: Entry;
  /** Of what both have, the target's. */
  readonly replaced?: Entry | undefined;
  /** Of what both have: what tells that it is the same, or changed. */
  readonly by?: Basis | undefined;
  /** Why S3 could not be asked. The ETags have decided then. */
  readonly failure?: S3Error | undefined;
}
