import { compareKeys } from "../key.ts";
import type { KeyRange } from "./key-range.ts";

/** The bounds of a range as bytes, without its prefix; undefined for one that the prefix sets. */
export interface RangeBounds {
  readonly after: Uint8Array | undefined;
  readonly upTo: Uint8Array | undefined;
}

/** The bounds of a range behind its prefix; undefined when no key can be in it. */
export function boundsOf({ prefix = "", after, upTo }: KeyRange): RangeBounds | undefined {
  if (after !== undefined && upTo !== undefined && compareKeys(after, upTo) >= 0) return undefined;
  const isAfterIn = after?.startsWith(prefix) === true && after !== "";
  const isUpToIn = upTo?.startsWith(prefix) === true;
  if (after !== undefined && !isAfterIn && compareKeys(after, prefix) > 0) return undefined;
  if (upTo !== undefined && !isUpToIn && compareKeys(upTo, prefix) < 0) return undefined;
  return {
    after: isAfterIn ? Buffer.from(after.slice(prefix.length)) : undefined,
    upTo: isUpToIn ? Buffer.from(upTo.slice(prefix.length)) : undefined,
  };
}

/** The range that such bounds are of. */
export function rangeOf(prefix: string, { after, upTo }: RangeBounds): KeyRange {
  return {
    prefix: prefix === "" ? undefined : prefix,
    after: after && prefix + textOf(after),
    upTo: upTo && prefix + textOf(upTo),
  };
}

/** The text of a key's bytes. */
export function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString();
}
