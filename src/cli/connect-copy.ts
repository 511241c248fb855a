import { UserError } from "../errors.ts";
import type { ConnectedBucket } from "../s3/connect.ts";
import type { CopyOptions } from "../stages/copy-options.ts";
import { isInPlace, mayRenameInPlace } from "../stages/in-place.ts";
import { targetKeyBy } from "../stages/target-key.ts";
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
  refuseRenamingInPlace({ source, target, copy });
  return { source, target, copy, keys: await customerKeys(io, copy, { source, target }) };
}

/** An object could be written over before it was copied. */
function refuseRenamingInPlace({
  source,
  target,
  copy,
}: Record<"source" | "target", ConnectedBucket> & { readonly copy: CopyOptions }): void {
  if (!isInPlace(source, target) || targetKeyBy(copy) === undefined) return;
  if (mayRenameInPlace(copy)) return;
  throw new UserError("usage", `cannot copy objects of "s3://${source.name}" to other keys in it`, {
    hint: "one could replace another that is yet to be copied; give --no-overwrite, to each command of the pipe, and let the list be written first",
  });
}
