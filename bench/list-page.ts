import type { PartLine } from "../src/ranges/part-file.ts";
import { type Entry, entryCodec, mtimeOf } from "../src/record/entry.ts";
import { bucketlist } from "../src/stages/bucketlist.ts";
import { flatMapConcurrent } from "../src/stream/flat-map-concurrent.ts";
import { writeRecords } from "../src/stream/lines.ts";
import { pagesOf, type Pages } from "../src/stream/pages.ts";
import { connect, stageContext } from "./connect.ts";
import type { PathQuestion } from "./question.ts";

/** Its keys are as `logs/2024/06/25/03/host-2f3a9e5b/file-00007.parquet`. */
const name = "logs-20000";
const pagesInBucket = 20;

/** So many listings at a time: the command's own default. */
const concurrency = 8;

/** What does a page of a listing cost, from its request to a thousand lines of entries? */
export const listPage: PathQuestion = {
  kind: "path",
  name: "list-page",
  unit: "page of 1000 keys",
  warmUp: 200,
  full: 1000,
  smoke: 20,
  requestsFor: (pages) => pages,
  goal: { cpuUs: { plain: 250, tls: 400 }, timesLess: { "aws-sdk": 10 } },
  contenders: {
    async campanile(server) {
      const [bucket] = await connect(server, concurrency, [name]);
      const context = { ...stageContext(concurrency), bucket: bucket! };
      return {
        run: (pages) =>
          writeRecords(
            process.stdout,
            bucketlist.run(pagesOf(wholeBucket(pages)), context),
            entryCodec,
          ),
        close: () => bucket!.s3.close(),
      };
    },

    async "aws-sdk"(server) {
      const { sdkClient, paginateListObjectsV2 } = await import("./sdk.ts");
      const client = sdkClient(server, concurrency);
      async function* list(): Pages<Entry> {
        for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket: name })) {
          yield Contents.map(({ Key = "", ETag = "", Size = 0, LastModified }) => ({
            key: Key,
            etag: ETag.slice(1, -1),
            size: Size,
            mtime: mtimeOf(LastModified!.toISOString()),
          }));
        }
      }
      return {
        run: (pages) =>
          writeRecords(
            process.stdout,
            flatMapConcurrent(pagesOf(wholeBucket(pages)), concurrency, list),
            entryCodec,
          ),
        close: () => client.destroy(),
      };
    },
  },
};

/** Part-file lines that list the whole bucket, again and again until there are so many pages. */
function wholeBucket(pages: number): readonly PartLine[] {
  return Array.from({ length: pages / pagesInBucket }, () => ({ delimiter: "", prefix: "" }));
}
