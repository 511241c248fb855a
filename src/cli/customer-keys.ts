import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { UserError } from "../errors.ts";
import { expandHome } from "../s3/boto-config.ts";
import type { S3Bucket } from "../s3/client.ts";
import { type CustomerKey, customerKeyOf } from "../s3/customer-key.ts";
import type { CopyOptions } from "../stages/copy-options.ts";
import type { CustomerKeys } from "../stages/copy-rules.ts";
import type { Io } from "./io.ts";

/**
 * Reads the files of the customers' keys that a copy's options name. Throws a UserError for one that
 * holds no key, and where the key would go over the network for all to read.
 */
export async function customerKeys(
  io: Pick<Io, "cwd" | "home">,
  { srcSseCKeyFile, dstSseCKeyFile }: CopyOptions,
  { source, target }: { readonly source?: S3Bucket; readonly target: S3Bucket },
): Promise<CustomerKeys> {
  return {
    source: await keyFor(io, srcSseCKeyFile, source),
    target: await keyFor(io, dstSseCKeyFile, target),
  };
}

async function keyFor(
  { cwd, home }: Pick<Io, "cwd" | "home">,
  path: string | undefined,
  bucket: S3Bucket | undefined,
): Promise<CustomerKey | undefined> {
  if (path === undefined || bucket === undefined) return undefined;
  refuseOpenNetwork(path, bucket);
  let bytes: Buffer;
  try {
    bytes = await readFile(resolve(cwd, expandHome(path, home)));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const isMissing = code === "ENOENT";
    const why = isMissing ? "there is no such file" : `it cannot be read (${code})`;
    throw new UserError(
      isMissing ? "missing" : "failed",
      `cannot read the key in ${JSON.stringify(path)}: ${why}`,
    );
  }
  try {
    return customerKeyOf(bytes.length === 32 ? bytes : base64Of(bytes.toString("latin1").trim()));
  } catch {
    throw new UserError("usage", `cannot use what is in ${JSON.stringify(path)} as a key`, {
      hint: "it holds 32 bytes, or their Base64: openssl rand 32 > FILE",
    });
  }
}

function base64Of(text: string): Buffer {
  if (!/^[A-Za-z0-9+/]{43}=$/.test(text)) throw new RangeError("no Base64 of 32 bytes");
  return Buffer.from(text, "base64");
}

/** A key stands in each request; S3 refuses it over http, and by then it has been seen. */
function refuseOpenNetwork(path: string, { name, endpoint }: S3Bucket): void {
  const { protocol, hostname } = new URL(endpoint ?? "https://s3");
  if (protocol === "https:" || /^(?:localhost|127\.[\d.]+|\[::1\])$/.test(hostname)) return;
  throw new UserError("usage", `cannot send the key in ${JSON.stringify(path)} over http`, {
    hint: `the endpoint of "s3://${name}" must be https`,
  });
}
