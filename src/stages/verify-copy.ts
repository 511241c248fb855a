import type { Result } from "../record/result.ts";
import type { Task } from "../record/task.ts";
import { headObject } from "../s3/head-object.ts";
import { type CopyRun, targetKeyOf } from "./copy-run.ts";
import { RecordError } from "./outcome.ts";

/**
 * Compares the checksums that S3 keeps of an object in one piece and of its copy: two HEADs. Where
 * they cannot be compared the result says so; where they differ it is a RecordError. Parts are left
 * to the last stage, which knows the object.
 */
export async function verifyCopy(task: Task, result: Result, run: CopyRun): Promise<Result> {
  if (task.part !== undefined) return result;
  const { source, target, rules, signal } = run;
  const { key, etag, attributes } = task;
  const ofSource = { ifMatch: etag, versionId: attributes?.version, headers: rules.sourceHeaders };
  const [one, other] = await Promise.all([
    headObject(source, key, { ...ofSource, checksums: true }, { signal }),
    headObject(
      target,
      targetKeyOf(task),
      { ifMatch: result.newEtag, headers: rules.targetHeaders, checksums: true },
      { signal },
    ),
  ]);
  const isComparable =
    one.checksum !== undefined &&
    one.checksum.algorithm === other.checksum?.algorithm &&
    one.checksum.type === other.checksum.type;
  if (one.size !== other.size || (isComparable && one.checksum.value !== other.checksum?.value)) {
    throw new RecordError("ChecksumDiffers", "the copy has not the source's checksum");
  }
  if (isComparable) return result;
  const code = [result.attributes?.code, "ChecksumUnknown"].filter(Boolean).join(",");
  return { ...result, attributes: { ...result.attributes, code } };
}
