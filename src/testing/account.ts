import { createHash } from "node:crypto";

/** A key pair that may sign requests; each one is an AWS account of its own. */
export interface Account {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** For temporary credentials: every request must carry this token. */
  readonly sessionToken?: string;
  readonly displayName?: string;
}

/** An account as S3 speaks of it. */
export interface Owner {
  readonly accessKeyId: string;
  /** The canonical user id: 64 hex digits, derived from the access key id. */
  readonly id: string;
  /** The 12 digits of `x-amz-expected-bucket-owner`. */
  readonly accountNumber: string;
  readonly displayName: string;
}

/** Gives an account the ids that S3 would have given it; the same ones each time. */
export function ownerOf(account: Account): Owner {
  const id = createHash("sha256").update(account.accessKeyId).digest("hex");
  const accountNumber = String((BigInt(`0x${id}`) % 900_000_000_000n) + 100_000_000_000n);
  const displayName = account.displayName ?? account.accessKeyId;
  return { accessKeyId: account.accessKeyId, id, accountNumber, displayName };
}
