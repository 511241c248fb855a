import type { Result } from "../src/record/result.ts";
import type { Task } from "../src/record/task.ts";
import { copyObject } from "../src/s3/copy-object.ts";
import { percentEncodeKey } from "../src/s3/percent-encode.ts";
import { mapConcurrent } from "../src/stream/map-concurrent.ts";
import { connect } from "./connect.ts";
import type { Question, Work } from "./question.ts";
import { writeCopied } from "./results.ts";
import { firstTasks, repeated } from "./tasks.ts";

const source = "seq-1000000";
const target = "sink-seq-1000000";
const concurrency = 32;

/** What does a CopyObject cost, from its task to the line of its result? */
export const copyRequest: Question = {
  name: "copy-request",
  unit: "CopyObject",
  full: { warmUp: 10_000, measured: 60_000 },
  smoke: { warmUp: 10, measured: 1500 },
  requestsPerUnit: 1,
  goal: { timesLess: 10 },
  contenders: {
    async campanile(endpoint) {
      const [bucket] = await connect(endpoint, concurrency, [target]);
      return {
        run: await copying(endpoint, async ({ key, etag }) => {
          const copy = { source: { bucket: source, key, ifMatch: etag } };
          return (await copyObject(bucket!, key, copy)).etag;
        }),
        close: () => bucket!.s3.close(),
      };
    },

    async "aws-sdk"(endpoint) {
      const { sdkClient, CopyObjectCommand } = await import("./sdk.ts");
      const sdk = sdkClient(endpoint, concurrency);
      return {
        run: await copying(endpoint, async ({ key, etag }) => {
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
  endpoint: string,
  copy: (task: Task) => Promise<string | undefined>,
): Promise<Work["run"]> {
  const tasks = await firstTasks(endpoint, source);
  const work = async (task: Task): Promise<readonly Result[]> => {
    const newEtag = await copy(task);
    return [{ key: task.key, etag: task.etag, newEtag }];
  };
  return (units) => writeCopied(mapConcurrent(repeated(tasks, units), { concurrency }, work));
}
