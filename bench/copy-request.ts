import type { Result } from "../src/record/result.ts";
import type { Task } from "../src/record/task.ts";
import { copyObject } from "../src/s3/copy-object.ts";
import { percentEncodeKey } from "../src/s3/percent-encode.ts";
import { mapConcurrent } from "../src/stream/map-concurrent.ts";
import { connect } from "./connect.ts";
import type { PathQuestion, Work } from "./question.ts";
import { writeCopied } from "./results.ts";
import type { Server } from "./server.ts";
import { firstTasks, repeated } from "./tasks.ts";

const source = "seq-1000000";
const target = "sink-seq-1000000";
const concurrency = 32;

/** What does a CopyObject cost, from its task to the line of its result? */
export const copyRequest: PathQuestion = {
  kind: "path",
  name: "copy-request",
  unit: "CopyObject",
  warmUp: 10_000,
  full: 60_000,
  smoke: 1500,
  requestsFor: (copies) => copies,
  goal: { cpuUs: { plain: 15, tls: 20 }, timesLess: { "aws-sdk": 10 } },
  contenders: {
    async campanile(server) {
      const [bucket] = await connect(server, concurrency, [target]);
      return {
        run: await copying(server, async ({ key, etag }) => {
          const copy = { source: { bucket: source, key, ifMatch: etag } };
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
            Bucket: target,
            Key: key,
            CopySource: `${source}/${percentEncodeKey(key)}`,
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

/** Drives either client, and writes the results, in the same way. */
async function copying(
  server: Server,
  copy: (task: Task) => Promise<string | undefined>,
): Promise<Work["run"]> {
  const tasks = await firstTasks(server, source);
  const work = async (task: Task): Promise<readonly Result[]> => {
    const newEtag = await copy(task);
    return [{ key: task.key, etag: task.etag, newEtag }];
  };
  return (units) => writeCopied(mapConcurrent(repeated(tasks, units), { concurrency }, work));
}
