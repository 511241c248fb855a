import type { ConnectedBucket } from "../s3/connect.ts";
import type { CopyOptions } from "../stages/copy-options.ts";
import type { CustomerKeys } from "../stages/copy-rules.ts";
import { customerKeys } from "./customer-keys.ts";
import type { Io } from "./io.ts";
import { sideValues } from "./options.ts";
import type { Preparation } from "./run-stage.ts";

/** Connects to both sides of a copy, as the options `--src-…` and `--dst-…` say, and reads its keys. */
export async function connectCopy(
  io: Io,
  connect: Preparation["connect"],
  {
    values,
    copy,
    check,
  }: {
    readonly values: object;
    readonly copy: CopyOptions;
    /** False where the target need not be there. */
    readonly check?: boolean;
  },
): Promise<{
  readonly source: ConnectedBucket;
  readonly target: ConnectedBucket;
  readonly copy: CopyOptions;
  readonly keys: CustomerKeys;
}> {
  const source = await connect(sideValues({ ...values }, "src"));
  const target = await connect(sideValues({ ...values }, "dst"), check === false ? { check } : {});
  return { source, target, copy, keys: await customerKeys(io, copy, { source, target }) };
}
