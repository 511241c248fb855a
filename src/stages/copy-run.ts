import type { Counters } from "../counters.ts";
import type { Result } from "../record/result.ts";
import type { Task } from "../record/task.ts";
import type { S3Bucket } from "../s3/client.ts";
import type { CopyRules } from "./copy-rules.ts";

/** What every copy of a run needs. */
export interface CopyRun {
  readonly source: S3Bucket;
  readonly target: S3Bucket;
  readonly rules: CopyRules;
  readonly counters: Counters;
  readonly signal: AbortSignal;
  /** The largest body that is held in memory, in bytes; larger ones are streamed. */
  readonly maxHeldBytes?: number | undefined;
}

/** The key of a task's copy. */
export function targetKeyOf({ key, attributes }: Pick<Task, "key" | "attributes">): string {
  return attributes?.["to"] ?? key;
}

/** The result of an object that was copied in one piece; `codes` say what is not as it was. */
export function copiedResult(
  { key, etag, attributes }: Task,
  newEtag: string,
  codes: readonly (string | undefined)[] = [],
): Result {
  const to = attributes?.["to"];
  const said = [...codes, newEtag === etag ? undefined : "ETagDiffers"].filter(Boolean).join(",");
  if (to === undefined && said === "") return { key, etag, newEtag };
  return { key, etag, newEtag, attributes: { to, code: said === "" ? undefined : said } };
}

/** What the result of a part says for the last stage. */
export function partAttributes({ attributes }: Task): Record<string, string | undefined> {
  const { proof, parts, tags, whole, code, to, replaces } = attributes ?? {};
  return { to, replaces, proof, parts, tags, whole, code };
}
