import type { CopyOptions } from "./copy-options.ts";
import { parseRewrite } from "../key-rewrite.ts";
import { RecordError } from "./outcome.ts";

/** The longest key, in bytes of UTF-8 (AWS: "Naming Amazon S3 objects"). */
export const maxKeyBytes = 1024;

/** Gives the key that the copy of an object has. Throws a RecordError where there is none. */
export type TargetKey = (key: string) => string;

/**
 * How the keys of copies come of the source's: the beginning is taken away, then the pattern is
 * replaced, then the new beginning put before. Undefined where they are the same.
 */
export function targetKeyBy(
  options: Pick<CopyOptions, "stripPrefix" | "toPrefix" | "rewriteKey">,
): TargetKey | undefined {
  const { stripPrefix = "", toPrefix = "", rewriteKey } = options;
  if (stripPrefix === "" && toPrefix === "" && rewriteKey === undefined) return undefined;
  const rewrite = rewriteKey === undefined ? undefined : parseRewrite(rewriteKey);
  return (key) => {
    if (!key.startsWith(stripPrefix)) {
      throw new RecordError("OtherPrefix", `the key does not begin with "${stripPrefix}"`);
    }
    const rest = key.slice(stripPrefix.length);
    const target = toPrefix + (rewrite === undefined ? rest : rewrite(rest));
    const bytes = target.length > maxKeyBytes / 3 ? Buffer.byteLength(target) : target.length;
    if (bytes >= 1 && bytes <= maxKeyBytes) return target;
    throw new RecordError("BadTargetKey", `the new key would have ${bytes} bytes`);
  };
}
