import type { Result } from "../src/record/result.ts";
import { objectcopy } from "../src/stages/objectcopy.ts";
import { mapConcurrent } from "../src/stream/map-concurrent.ts";
import { connect, stageContext } from "./connect.ts";
import type { Goal, PathQuestion } from "./question.ts";
import { writeCopied } from "./results.ts";
import { firstTasks, repeated } from "./tasks.ts";

/** What does a large body cost on its way from a GET into a PUT? */
export const streamLarge = streaming({
  name: "stream-large",
  unit: "object of 64 MiB",
  size: "64m",
  bytes: 64 * 2 ** 20,
  concurrency: 8,
  warmUp: 8,
  full: 48,
  smoke: 3,
  goal: { gigabytesPerCpuSecond: { plain: 2.5, tls: 1.2 } },
});

/** What does a small object cost that is read and written? */
export const streamSmall = streaming({
  name: "stream-small",
  unit: "object of 10 KiB",
  size: "10k",
  bytes: 10 * 2 ** 10,
  concurrency: 32,
  warmUp: 3000,
  full: 20_000,
  smoke: 100,
  goal: { cpuUs: { plain: 35, tls: 55 } },
});

interface Streaming {
  readonly name: string;
  readonly unit: string;
  /** As the names of the synthetic S3's buckets have it. */
  readonly size: string;
  readonly bytes: number;
  readonly concurrency: number;
  readonly warmUp: number;
  readonly full: number;
  readonly smoke: number;
  readonly goal: Goal;
}

function streaming({ size, bytes, concurrency, ...question }: Streaming): PathQuestion {
  const from = `seq-1000000-${size}`;
  const to = `sink-${from}`;
  return {
    ...question,
    kind: "path",
    requestsFor: (objects) => 2 * objects,
    bytesPerUnit: bytes,
    contenders: {
      async campanile(server) {
        const tasks = await firstTasks(server, from);
        const [source, target] = await connect(server, concurrency, [from, to]);
        const context = {
          ...stageContext(concurrency),
          source: source!,
          target: target!,
          copy: { via: "stream" } as const,
        };
        return {
          run: (units) => writeCopied(objectcopy.run(repeated(tasks, units), context)),
          close: () => source!.s3.close(),
        };
      },

      async "aws-sdk"(server) {
        const tasks = await firstTasks(server, from);
        const { sdkClient, GetObjectCommand, PutObjectCommand } = await import("./sdk.ts");
        const sdk = sdkClient(server, concurrency);
        const copy = async (key: string, etag: string): Promise<string | undefined> => {
          const read = await sdk.send(
            new GetObjectCommand({ Bucket: from, Key: key, IfMatch: etag }),
          );
          const { Body, ContentLength, ContentType } = read as Required<typeof read>;
          const written = await sdk.send(
            new PutObjectCommand({ Bucket: to, Key: key, Body, ContentLength, ContentType }),
          );
          return written.ETag?.slice(1, -1);
        };
        return {
          run: (units) =>
            writeCopied(
              mapConcurrent(
                repeated(tasks, units),
                { concurrency },
                async ({ key, etag }): Promise<readonly Result[]> => {
                  const newEtag = await copy(key, etag);
                  return [{ key, etag, newEtag }];
                },
              ),
            ),
          close: () => sdk.destroy(),
        };
      },
    },
  };
}
