import { createWriteStream, existsSync } from "node:fs";
import { join } from "node:path";

import { entryCodec } from "../src/record/entry.ts";
import { bucketlist } from "../src/stages/bucketlist.ts";
import { writeRecords } from "../src/stream/lines.ts";
import { pagesOf } from "../src/stream/pages.ts";
import { connect, stageContext } from "./connect.ts";
import type { CommandQuestion, Place } from "./question.ts";

/** What does `campanile diff` take for a key that two lists have with the same ETag? */
export const diffLists: CommandQuestion = {
  kind: "command",
  name: "diff-lists",
  unit: "key of both lists",
  full: 2_000_000,
  smoke: 1000,
  onlyPlain: true,
  requestsFor: () => 0,
  goal: { peakMegabytes: 200 },
  clients: {
    campanile: {
      async command(place, keys) {
        const list = await listOf(place, `logs-${keys}`);
        return { argv: [...place.program, "diff", "--quiet", list, list] };
      },
    },
  },
};

/** The file of a bucket's list, made where it is not there yet. */
async function listOf(place: Place, name: string): Promise<string> {
  const file = join(place.shared, `${name}.tsv`);
  if (existsSync(file)) return file;
  const [bucket] = await connect(place, 1, [name]);
  const entries = bucketlist.run(pagesOf([{ delimiter: "", prefix: "" }]), {
    ...stageContext(1),
    bucket: bucket!,
  });
  const output = createWriteStream(file);
  await writeRecords(output, entries, entryCodec);
  await new Promise((resolve) => output.end(resolve));
  await bucket!.s3.close();
  return file;
}
