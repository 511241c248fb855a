import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, describe, test } from "node:test";

import { UserError } from "../../errors.ts";
import { FileSystem } from "./file-system.ts";
import { findHadoop } from "./hadoop-commands.ts";
import type { JobCounters } from "./job-counters.ts";
import { runSteps } from "./run-steps.ts";
import type { StreamingStep } from "./step.ts";

/** A file system that is a directory of this machine. */
const hadoop = `case "$2" in
  -test) [ -e "$4" ] ;;
  -put) cat > "$5" ;;
  -cat) cat "$3" ;;
  -rm) rm -rf "$5" ;;
esac`;

/** Says what is in the file \`said\`, and notes what it was asked. */
const mapred = `echo "$@" >> asked
if [ "$1" = job ]; then touch killed; exit; fi
for word; do case $was in -output) mkdir "$word" || exit 4; output=$word ;; esac; was=$word; done
cat said >&2
if [ -e hangs ]; then while [ ! -e killed ]; do sleep 0.05; done; fi
[ "$(cat status)" = 0 ] && touch "$output/_SUCCESS"
exit "$(cat status)"`;

describe("runSteps", () => {
  let place: string;

  before(async () => {
    place = await mkdtemp(join(tmpdir(), "campanile-steps-"));
    await mkdir(join(place, "bin"));
    for (const [name, text] of Object.entries({ hadoop, mapred })) {
      const file = join(place, "bin", name);
      await writeFile(file, `#!/bin/sh\n${text}\n`);
      await chmod(file, 0o755);
    }
  });
  beforeEach(async () => {
    for (const name of ["list", "copy", "asked", "killed", "hangs"]) {
      await rm(join(place, name), { recursive: true, force: true });
    }
    await says("", 0);
  });
  after(() => rm(place, { recursive: true }));

  test("runs one after the other, and keeps what each has counted", async () => {
    await says("x INFO a.Job: Counters: 1\n\tphotos\n\t\tObjects=7\nx INFO a: end\n", 0);
    assert.deepEqual(await run(), ["start list", "done list 7", "start copy", "done copy 7"]);
    assert.deepEqual(JSON.parse(await readFile(join(place, "list/_counters.json"), "utf8")), {
      photos: { Objects: 7 },
    });
  });

  test("passes over what an earlier run has done, and knows what it had counted", async () => {
    await says("x INFO a.Job: Counters: 1\n\tphotos\n\t\tObjects=7\nx INFO a: end\n", 0);
    await run();
    await rm(join(place, "copy/_SUCCESS"));
    await says("", 0);
    assert.deepEqual(await run({ resume: true }), ["passed list 7", "start copy", "done copy 0"]);
  });

  test("knows that it does not know what a step had counted", async () => {
    await run();
    await rm(join(place, "copy/_counters.json"));
    assert.deepEqual(await run({ resume: true }), ["passed list 0", "passed copy undefined"]);
  });

  const failures = [
    {
      name: "a task whose status is one of ours",
      said: "x INFO a.Job: Running job: job_1_0002\nx INFO a.Job: Task Id : attempt_1_0002_m_000000_3, Status : FAILED\nError: java.lang.RuntimeException: PipeMapRed.waitOutputThreads(): subprocess failed with code 4\n",
      status: 1,
      reason: "denied",
      message: /cannot run list: attempt_1_0002_m_000000_3 ended with 4 \(denied\)/,
      hint: /yarn logs -applicationId application_1_0002 /,
    },
    {
      name: "a job that was not begun",
      said: "x ERROR a: Error Launching job : Input path does not exist: /nothing\n",
      status: 5,
      reason: "failed",
      message: /cannot run list: Input path does not exist: \/nothing/,
      hint: /Error Launching job/,
    },
    {
      name: "an output that is there already",
      said: "",
      status: 4,
      reason: "failed",
      message: /cannot run list: its output is there already/,
      hint: /^$/,
    },
  ];
  for (const { name, said, status, reason, message, hint } of failures) {
    test(`tells of ${name}`, async () => {
      await says(said, status);
      await assert.rejects(run(), (error) => {
        assert.ok(error instanceof UserError);
        assert.equal(error.reason, reason);
        assert.match(error.message, message);
        assert.match(error.hint ?? "", hint);
        return true;
      });
      assert.equal((await asked()).length, 1);
    });
  }

  test("ends the job that runs when it is interrupted, and begins no other", async () => {
    await says("x INFO a.Job: Running job: job_1_0007\nx INFO a.Job:  map 0% reduce 0%\n", 1);
    await writeFile(join(place, "hangs"), "");
    const stop = new AbortController();
    const running = run({ signal: stop.signal, onProgress: () => stop.abort() });
    await assert.rejects(running, (error) => (error as UserError).reason === "interrupted");
    const [sent = "", ...more] = await asked();
    assert.match(sent, /^streaming .* -output \S+\/list$/);
    assert.deepEqual(more, ["job -kill job_1_0007"]);
  });

  async function says(said: string, status: number): Promise<void> {
    await writeFile(join(place, "said"), said);
    await writeFile(join(place, "status"), String(status));
  }

  async function asked(): Promise<readonly string[]> {
    return (await readFile(join(place, "asked"), "utf8")).split("\n").slice(0, -1);
  }

  function step(name: string): StreamingStep {
    return {
      kind: "streaming",
      name,
      mapper: ["node", "campanile.mjs", "bucketlist"],
      input: ["part.all"],
      output: join(place, name),
      files: [],
      archives: [],
      environment: {},
      properties: {},
    };
  }

  async function run(
    more: {
      readonly resume?: boolean;
      readonly signal?: AbortSignal;
      readonly onProgress?: () => void;
    } = {},
  ): Promise<readonly string[]> {
    const told: string[] = [];
    const objects = (counters: JobCounters | undefined): number | undefined =>
      counters?.get("photos", "Objects");
    const where = { env: process.env, cwd: place };
    const hadoopPlace = { env: process.env, hadoop: place };
    const commands = findHadoop(hadoopPlace);
    await runSteps([step("list"), step("copy")], {
      ...where,
      commands,
      place: hadoopPlace,
      files: new FileSystem(commands, where),
      signal: new AbortController().signal,
      ...more,
      onStart: ({ name }) => void told.push(`start ${name}`),
      onDone: ({ name }, { counters }) => void told.push(`done ${name} ${objects(counters)}`),
      onPassed: ({ name }, counters) => void told.push(`passed ${name} ${objects(counters)}`),
    });
    return told;
  }
});
