import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";

import { commandRunner } from "./command-runner.ts";

describe("commandRunner", () => {
  let hadoop: string;

  before(async () => {
    hadoop = await mkdtemp(join(tmpdir(), "campanile-runner-"));
    await mkdir(join(hadoop, "bin"));
    await writeFile(join(hadoop, "bin/hive"), "#!/bin/sh\n");
    await chmod(join(hadoop, "bin/hive"), 0o755);
  });
  after(() => rm(hadoop, { recursive: true }));

  const cases = [
    {
      name: "Hadoop Streaming, with all its arguments",
      args: "hadoop-streaming -files a -D b=1 -mapper m",
      line: "mapred streaming -files a -D b=1 -mapper m",
    },
    {
      name: "Hive, with variables as both of its command lines know them",
      args: "hive-script --run-hive-script --args -f diff.q -d SRC=/a -d DST=/b",
      line: "HADOOP/bin/hive -f diff.q --hivevar SRC=/a --hivevar DST=/b",
    },
  ];
  for (const { name, args, line } of cases) {
    test(`runs ${name}`, () => {
      const commands = { hadoop: "hadoop", mapred: "mapred", streaming: ["mapred", "streaming"] };
      const found = commandRunner(args.split(" "), { commands, place: { env: {}, hadoop } });
      assert.equal(found.join(" "), line.replace("HADOOP", hadoop));
    });
  }
});
