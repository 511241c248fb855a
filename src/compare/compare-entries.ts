import type { Entry } from "../record/entry.ts";
import type { CompareMode } from "./compare-mode.ts";

/** What a verdict rests on. */
export type Basis = "etag" | "size" | "mtime" | "checksum";

/** Whether two objects of one key are the same, and by what that is known. */
export interface Verdict {
  readonly same: boolean;
  readonly by: Basis;
}

/**
 * Compares two objects of one key by what listings show of them. `ask`: that is not enough, and S3 has to be asked for more of both
 * (see `askObjects`), as where ETags differ that may be no MD5s of the bytes: of objects in parts, or under KMS.
 */
export function compareEntries(source: Entry, target: Entry, mode: CompareMode): Verdict | "ask" {
  if (source.size !== target.size) return { same: false, by: "size" };
  // An ETag that is not known is equal to none.
  const isSameEtag = source.etag === target.etag && source.etag !== "";
  switch (mode) {
    case "size":
      return { same: true, by: "size" };
    case "size+mtime":
      return compareTimes(source, target);
    case "etag":
      return { same: isSameEtag, by: "etag" };
    case "auto":
      return isSameEtag ? { same: true, by: "etag" } : "ask";
    default:
      return "ask";
  }
}

/**
 * Compares by time, as no copy keeps it: a target that was written when the source was, or later, is the same. To the second, so a
 * source that was overwritten in the second in which it was copied is not told.
 */
export function compareTimes(source: Entry, target: Entry): Verdict {
  const isKnown = isTime(source.mtime) && isTime(target.mtime);
  return { same: isKnown && target.mtime >= source.mtime, by: "mtime" };
}

function isTime(mtime: string): boolean {
  return /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/.test(mtime);
}
