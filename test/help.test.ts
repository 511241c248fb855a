import assert from "node:assert/strict";
import { tmpdir } from "node:os";
import { PassThrough } from "node:stream";
import { after, before, describe, test } from "node:test";

import type { Command } from "commander";

import { programOf } from "../src/cli/program.ts";
import type { Job } from "../src/engines/local/job.ts";
import type { S3Server } from "../src/testing/server.ts";
import { startCaseServer } from "./support/case-server.ts";
import { accounts } from "./support/servers/running.ts";
import { openShell, type Shell } from "./support/shell.ts";

const program = await programOf({
  stdin: new PassThrough(),
  stdout: new PassThrough(),
  stderr: new PassThrough(),
  env: {},
  home: tmpdir(),
  cwd: tmpdir(),
  interrupted: new AbortController().signal,
});
const commands = [program, ...program.commands];

describe("the help", () => {
  for (const command of commands) {
    describe(`of ${command.name()}`, () => {
      test("fits into 80 columns", () => {
        const tooLong = helpOf(command)
          .split("\n")
          .filter((line) => line.length > 80);
        assert.deepEqual(tooLong, []);
      });

      test("has a text for each option and argument", () => {
        const named = [...command.options, ...command.registeredArguments];
        assert.deepEqual(
          named.filter(({ description }) => description.length < 8).map((item) => item.name()),
          [],
        );
        assert.ok(command === program || command.summary().length > 0);
      });
    });
  }

  test("has an example for each command, but for those that have nothing to choose", () => {
    const without = commands.filter((command) => examplesOf(command).length === 0);
    assert.deepEqual(
      without.map((command) => command.name()),
      ["demo", "help"],
    );
  });
});

describe("each example of the help", () => {
  let server: S3Server;
  let shell: Shell;

  before(async () => {
    server = await startCaseServer();
    shell = await openShell({ url: server.url, ...accounts });
    // The examples copy within one account.
    server.share("copies", accounts.source.accessKeyId, "write");
    server.share("copies", accounts.source.accessKeyId, "read");
    const sides = "--src-bucket photos --dst-bucket copies --quiet";
    const job: Job = {
      source: { bucket: "photos" },
      target: { bucket: "copies" },
      prefix: "",
      toPrefix: "ranges/",
      filter: { patterns: [] },
      copy: { toPrefix: "ranges/" },
      results: "all",
    };
    const made = await run(`
      echo , | campanile bucketlist --bucket photos --quiet > photos.tsv
      echo , | campanile bucketlist --bucket copies --quiet > copies.tsv
      campanile diffmap --side source --quiet < photos.tsv > marked.tsv
      campanile multipartlist ${sides} < photos.tsv > tasks.tsv
      campanile objectcopy ${sides} < tasks.tsv > results.tsv
      campanile partition s3://photos --ranges 2 --quiet > part.tsv
      echo '${JSON.stringify(job)}' > job.json
      mkdir -p hadoop/bin && cp /bin/true hadoop/bin/hadoop && cp /bin/true hadoop/bin/mapred
      campanile copy s3://photos/2015 s3://copies/kept --run runs/first --quiet`);
    assert.equal(made.stderr, "");
  });
  after(async () => {
    await shell.close();
    await server.close();
  });

  function run(line: string) {
    const env = { AWS_PROFILE: "jeff", AWS_ENDPOINT_URL_S3: server.url };
    return shell.run(line, { env });
  }

  for (const command of commands) {
    // It would run until it is interrupted; test/cases/serve-until-it-is-ended does that.
    if (command.name() === "serve") continue;
    for (const example of examplesOf(command)) {
      test(example, async () => {
        const { status, stderr } = await run(example);
        // That lists differ is what diff is asked.
        const statuses = example.includes("campanile diff") ? [0, 6] : [0];
        assert.ok(statuses.includes(status), `status ${status}: ${stderr}`);
      });
    }
  }
});

/** The help as it is printed, with what stands behind it. */
function helpOf(command: Command): string {
  let text = "";
  command.configureOutput({ writeOut: (some) => (text += some) });
  command.outputHelp();
  return text;
}

/** The command lines under `Example:` or `Examples:`; one that is continued is one. */
function examplesOf(command: Command): readonly string[] {
  const [, examples = ""] = /\nExamples?:\n((?: {2}.*\n?)+)/.exec(helpOf(command)) ?? [];
  return examples
    .replace(/\\?\n {4}/g, " ")
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);
}
