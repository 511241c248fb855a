import type { Result } from "../src/record/result.ts";
import type { Task } from "../src/record/task.ts";
import { copyObject } from "../src/s3/copy-object.ts";
import { percentEncodeKey } from "../src/s3/percent-encode.ts";
import { objectcopy } from "../src/stages/objectcopy.ts";
import { mapConcurrent } from "../src/stream/map-concurrent.ts";
import { connect, stageContext } from "./connect.ts";
import type { PathQuestion, Work } from "./question.ts";
import { writeCopied } from "./results.ts";
import type { Server } from "./server.ts";
import { firstTasks, repeated } from "./tasks.ts";

const sourceName = "seq-1000000";
const targetName = "sink-seq-1000000";
const concurrency = 32;

/** What does a CopyObject cost, from its task to the line of its result? */
export const copyRequest: PathQuestion = {
  kind: "path",
  name: "copy-request",
  unit: "CopyObject",
  warmUp: 10_000,
  full: 60_000,
  smoke: 300,
  requestsFor: (copies) => copies,
  goal: { cpuUs: { plain: 15, tls: 20 }, timesLess: { "aws-sdk": 10 } },
  contenders: {
    async campanile(server) {
      const tasks = await firstTasks(server, sourceName);
      const [source, target] = await connect(server, concurrency, [sourceName, targetName]);
      const context = {
        ...stageContext(concurrency),
        source: source!,
        target: target!,
        copy: { via: "server" } as const,
      };
      return {
        run: (copies) => writeCopied(objectcopy.run(repeated(tasks, copies), context)),
        close: () => source!.s3.close(),
      };
    },

    // Without all that the stage does: what it adds to a request shows beside it.
    async "campanile, request"(server) {
      const [bucket] = await connect(server, concurrency, [targetName]);
      return {
        run: await copying(server, async ({ key, etag }) => {
          const copy = { source: { bucket: sourceName, key, ifMatch: etag } };
          return (await copyObject(bucket!, key, copy)).etag;
        }),
        close: () => bucket!.s3.close(),
      };
    },

    async "aws-sdk"(server) {
      const { sdkClient, CopyObjectCommand } = await import("./sdk.ts");
      const sdk = sdkClient(server, concurrency);
      return {
        run: await copying(server, async ({ key, etag }) => {
          const command = new CopyObjectCommand({
            Bucket: targetName,
            Key: key,
            CopySource: `${sourceName}/${percentEncodeKey(key)}`,
            CopySourceIfMatch: etag,
          });
          const { CopyObjectResult: result } = await sdk.send(command);
          return result?.ETag?.slice(1, -1);
        }),
        close: () => sdk.destroy(),
      };
    },
  },
};

/** Drives either request, and writes the results, in the same way. */
async function copying(
  server: Server,
  copy: (task: Task) => Promise<string | undefined>,
): Promise<Work["run"]> {
  const tasks = await firstTasks(server, sourceName);
  const work = async (task: Task): Promise<readonly Result[]> => {
    const newEtag = await copy(task);
    return [{ key: task.key, etag: task.etag, newEtag }];
  };
  return (units) => writeCopied(mapConcurrent(repeated(tasks, units), { concurrency }, work));
}
