import { type Result, resultCodec } from "../record/result.ts";
import { type Task, taskCodec } from "../record/task.ts";
import type { S3Bucket } from "../s3/client.ts";
import { isOnAws } from "../s3/same-service.ts";
import type { Stage, StageContext } from "../stage.ts";
import { mapConcurrent } from "../stream/map-concurrent.ts";
import { tap } from "../stream/pages.ts";
import { abortUploads } from "./abort-uploads.ts";
import type { CopyOptions } from "./copy-options.ts";
import { type CopyRules, copyRules, type CustomerKeys } from "./copy-rules.ts";
import { type CopyRun, targetKeyOf } from "./copy-run.ts";
import { CopyWay, type Ways } from "./copy-way.ts";
import { isInPlace, mayRenameInPlace } from "./in-place.ts";
import { RecordError, type Undone, undoneResult } from "./outcome.ts";
import { isServerCopied, serverCopy } from "./server-copy.ts";
import { Stopper } from "./stopper.ts";
import { streamCopy } from "./stream-copy.ts";
import { UntoldUploads } from "./untold-uploads.ts";
import { verifyCopy } from "./verify-copy.ts";

export interface ObjectcopyNeeds {
  readonly source: S3Bucket;
  readonly target: S3Bucket;
  /** What is to be otherwise than at the source. */
  readonly copy?: CopyOptions | undefined;
  /** The keys of the files that `copy` names. */
  readonly keys?: CustomerKeys | undefined;
  /** What runs of the same two buckets have found of the way between them; one of its own without. */
  readonly way?: CopyWay | undefined;
  /** The largest body that is held in memory, in bytes; larger ones are streamed. */
  readonly maxHeldBytes?: number | undefined;
  /** Leaves uploads of which nobody took the results to the next try: as in a Hadoop task. */
  readonly keepUploads?: boolean | undefined;
}

/**
 * Copies objects, and parts of large ones: S3 does so by itself, one request each, or the bytes are
 * read from one side and written to the other, never to disk, two requests each. Several tasks are
 * under way at a time, and each holds one buffer.
 */
export const objectcopy: Stage<Task, Result, ObjectcopyNeeds> = {
  name: "objectcopy",
  reads: taskCodec,
  writes: resultCodec,

  async *run(tasks, context) {
    const stopper = new Stopper(context.signal);
    const { concurrency, target, counters } = context;
    const untold = new UntoldUploads();
    const copy = copier(context);
    const results = mapConcurrent<Task, Result>(
      tap(tasks, (page) => untold.add(page)),
      { concurrency },
      (task) => {
        const { outcome, code = "" } = task.attributes ?? {};
        if (outcome !== undefined) return [undoneResult(task, { outcome, code })];
        return stopper.guard(task, copy, notCopied);
      },
    );
    try {
      for await (const page of results) {
        yield page;
        untold.remove(page);
      }
    } finally {
      // When the reader is gone nobody completes these, nor ends them.
      if (context.keepUploads !== true) {
        const left = await abortUploads(target, untold);
        if (left > 0) counters.add("objectcopy", "UploadsLeft", left);
      }
    }
    stopper.throwIfStopped();
  },
};

/** Makes what copies one task by the way there is; all that it needs is made here, once a run. */
function copier(
  context: ObjectcopyNeeds & StageContext,
): (task: Task) => Promise<readonly Result[]> {
  const { source, target, copy: options = {}, keys, counters, signal, maxHeldBytes } = context;
  const rules: CopyRules = copyRules(options, { source, keys });
  const run: CopyRun = { source, target, rules, counters, signal, maxHeldBytes };
  const way = context.way ?? new CopyWay(options.via ?? "auto", source, target);
  const ways: Ways<Task, Result> = {
    server: (task) => serverCopy(task, run),
    stream: (task) => streamCopy(task, run),
    refused: () => counters.add("objectcopy", "CopyRefused"),
  };
  // Other servers pass over a condition on the target of a copy; of a PUT they do not (Ceph, moto).
  const isConditional = options.noOverwrite === true || options.ifUnchanged === true;
  const mayAsk = options.via === "server" || !isConditional || isOnAws(target);
  const mayRename = !isInPlace(source, target) || mayRenameInPlace(options);
  return async (task) => {
    if (!mayRename && targetKeyOf(task) !== task.key) {
      throw new RecordError("MayReplace", "it could replace an object that is yet to be copied");
    }
    const byServer = mayAsk && isServerCopied(task);
    const result = await (byServer ? way.run(task, ways) : ways.stream(task));
    return [options.verify === undefined ? result : await verifyCopy(task, result, run)];
  };
}

function notCopied(task: Task, undone: Undone): readonly Result[] {
  return [undoneResult(task, undone)];
}
