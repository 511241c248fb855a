import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";

import { FileSystem } from "../../src/engines/hadoop/file-system.ts";
import { findHadoop } from "../../src/engines/hadoop/hadoop-commands.ts";
import type { JobOutput } from "../../src/engines/hadoop/job-output.ts";
import { type HadoopPlan, planPaths, planSteps } from "../../src/engines/hadoop/plan-steps.ts";
import { runSteps } from "../../src/engines/hadoop/run-steps.ts";
import type { HadoopStep } from "../../src/engines/hadoop/step.ts";
import { taskCodec } from "../../src/record/task.ts";
import { resultCodec } from "../../src/record/result.ts";
import type { OperationName } from "../../src/testing/route.ts";
import { bytesOf, carriedOf, openRig, type Rig } from "../support/rig.ts";
import { accounts } from "../support/servers/running.ts";
import type { Shell } from "../support/shell.ts";
import { writeObject } from "../support/write-object.ts";
import { eventually } from "./support/cluster.ts";
import { assertEnded, type HadoopRig, openHadoopRig } from "./support/hadoop-rig.ts";

/** Objects in one piece, and in three parts: few enough for a job of seconds. */
const plain = Array.from({ length: 12 }, (_, i) => `plain/${i}`);
const inParts = Array.from({ length: 6 }, (_, i) => `parts/${i}`);

/** How many rows that makes. */
const rows = plain.length + 3 * inParts.length;

/** Holds one answer back for longer than a test takes. */
const once = { delayMs: 300_000, count: 1 };

describe("a job on Hadoop is right, and leaves nothing behind, though", () => {
  let hadoop: HadoopRig;
  let rig: Rig;
  let shell: Shell;
  let directory = "";

  before(async () => {
    hadoop = await openHadoopRig();
    rig = await openRig();
    shell = await hadoop.openShell({ url: rig.server.url, region: "us-east-1", ...accounts });
    for (const key of plain) await writeObject(rig.source, { key, body: randomBytes(1000) });
    for (const key of inParts) {
      await writeObject(rig.source, { key, body: randomBytes(900), parts: [300, 300, 300] });
    }
  });
  after(async () => {
    await shell?.close();
    await rig?.close();
    await hadoop?.close();
  });

  test("a mapper is killed in the middle of its copies", async () => {
    await begin("killed-mapper");
    await planHere();
    // Not the first of a task, for which its others wait: it finds out which way bytes go.
    rig.server.faults.add({ kind: "delay", operation: "GetObject", key: "plain/10", ...once });
    const job = run("copy");
    const { attempt, seen } = await eventually("the one task that cannot end", () => {
      const tasks = hadoop.cluster.tasks("objectcopy");
      return asked("GetObject") === rows && tasks.length === 1 ? tasks[0] : undefined;
    });
    const secrets = [accounts.source, accounts.target].map((one) => one.secretAccessKey);
    assert.ok(seen.length > 1000, "the environment was not read");
    assert.ok(!seen.some((text) => secrets.some((secret) => text.includes(secret))), "a secret");
    kill("objectcopy", attempt);
    rig.server.faults.clear();
    const output = await job;
    assert.equal(output.failedAttempts[0]?.attempt, attempt);
    assert.equal(output.failedAttempts[0]?.status, 137);
    await assertCopied();
  });

  test("an attempt to plan ends after it has begun uploads", async () => {
    await begin("failed-plan");
    await listHere();
    // It has begun all but the last, of which it is not told how it is cut.
    rig.server.faults.add({
      kind: "delay",
      operation: "HeadObject",
      key: inParts.at(-1)!,
      ...once,
    });
    const job = run("mlist");
    const { attempt } = await eventually("uploads that are begun", () => {
      const [task] = hadoop.cluster.tasks("multipartlist");
      return asked("CreateMultipartUpload") >= inParts.length - 1 ? task : undefined;
    });
    kill("multipartlist", attempt);
    rig.server.faults.clear();
    await job;
    assert.equal(asked("CreateMultipartUpload"), inParts.length);
    await run("copy");
    await assertCopied();
  });

  test("a node is lost after its maps have ended", async () => {
    await begin("lost-node");
    await planHere();
    const nodes = new Set<number>();
    let lost: number | undefined;
    let killed: Promise<void> | undefined;
    await run("copy", {
      onProgress: ({ progress }) => {
        for (const { node } of hadoop.cluster.tasks("objectcopy")) nodes.add(node);
        if (progress?.map !== 100 || killed !== undefined) return;
        // The job's own master is rather not on it, or all would be done again.
        lost = [...nodes].find((node) => node !== hadoop.cluster.masterNode()) ?? [...nodes][0];
        killed = hadoop.cluster.killNode(lost!);
      },
    });
    await killed;
    assert.ok(lost !== undefined, "no task was seen");
    await hadoop.cluster.startNode(lost);
    assert.ok(asked("GetObject") > rows, "nothing was done again");
    await assertCopied();
  });

  test("a reducer is killed between the completion of an upload and its answer", async () => {
    await begin("killed-reducer");
    await planHere();
    rig.server.faults.add({ kind: "delay", operation: "CompleteMultipartUpload", ...once });
    const job = run("copy");
    const { attempt } = await eventually("a completion", () => {
      const isThere = inParts.some((key) => rig.at(key).target !== undefined);
      return isThere ? hadoop.cluster.tasks("multipartcomplete")[0] : undefined;
    });
    kill("multipartcomplete", attempt);
    rig.server.faults.clear();
    const output = await job;
    assert.equal(output.failedAttempts[0]?.attempt, attempt);
    await assertCopied();
  });

  test("two jobs do the same at once", async () => {
    await begin("two-jobs");
    await planHere();
    const first = directory;
    // So that the tasks of one wait for those of the other.
    rig.server.faults.add({ kind: "delay", operation: "GetObject", delayMs: 20_000 });
    const jobs = Promise.all([run("copy"), run("copy", { results: `${first}/results-2` })]);
    await eventually("tasks of both at a time", () => {
      const attempts = hadoop.cluster.tasks("objectcopy").map(({ attempt }) => attempt);
      const ids = new Set(attempts.map((attempt) => /^attempt_\d+_\d+/.exec(attempt)?.[0]));
      return ids.size === 2 ? ids : undefined;
    });
    rig.server.faults.clear();
    await jobs;
    await assertCopied();
    await assertCopied(`${first}/results-2`);
  });

  test("a mapper of ranges is killed in the middle of its copies", async () => {
    await begin("killed-ranges");
    // Not the first of them, for which the others wait.
    const key = inParts.at(-1)!;
    rig.server.faults.add({ kind: "delay", operation: "GetObject", key, ...once });
    await writeFile(join(shell.home, "part.one"), "range\t\\N\t\\N\n");
    const job = shell.run(
      `campanile sync s3://${rig.source.name} s3://${rig.target.name} --src-profile jeff --dst-profile jassy ${hadoop.options} --fused --input part.one --reducers 1 --run ${directory}`,
    );
    const { attempt } = await eventually("the one part that is held up", () => {
      const [task] = hadoop.cluster.tasks("copyranges");
      return asked("GetObject") === rows ? task : undefined;
    });
    kill("copyranges", attempt);
    rig.server.faults.clear();
    const ran = await job;
    assertEnded(ran);
    assert.match(ran.stderr, /fused\.\S+: done: .*\b18 listed\b.*; 1 attempt failed/);
    assert.equal(asked("CreateMultipartUpload"), inParts.length);
    assertThere();
  });

  /** Takes away what is at the target, and begins a run of its own. */
  async function begin(name: string): Promise<void> {
    directory = `/runs/${name}`;
    const bucket = rig.server.store.bucket(rig.target.name);
    for (const key of rig.server.store.keys(rig.target.name)) bucket.versions.delete(key);
    rig.server.requests.clear();
    assertEnded(await hadoop.cluster.run("hadoop", "fs", "-mkdir", "-p", directory));
  }

  function planOf(results = `${directory}/results`): HadoopPlan {
    const at = ["endpoint", rig.server.url] as const;
    return {
      source: {
        bucket: rig.source.name,
        options: [at, ["profile", "jeff"], ["region", "us-east-1"]],
      },
      target: {
        bucket: rig.target.name,
        options: [at, ["profile", "jassy"], ["region", "us-east-1"]],
      },
      directory,
      partFile: `${directory}/part.all`,
      partName: "part.all",
      results,
      program: [process.execPath, "campanile.mjs"],
      files: [`${hadoop.program}#campanile.mjs`, `${join(shell.home, ".boto")}#.boto`],
      archives: [],
      tuning: { copy: { linesPerMap: 8, reduces: 2, maxAttempts: 4 } },
      // No reducer begins before the last map has ended.
      properties: { "mapreduce.job.reduce.slowstart.completedmaps": "1.0" },
    };
  }

  /** Runs one step of the plan. */
  async function run(
    step: "mlist" | "copy",
    { results, onProgress }: { results?: string; onProgress?: (output: JobOutput) => void } = {},
  ): Promise<JobOutput> {
    const steps = planSteps(planOf(results)).filter(({ name }) => name.startsWith(`${step}.`));
    const place = { env: { ...process.env, ...hadoop.cluster.env } };
    const commands = findHadoop(place);
    const where = { env: place.env, cwd: shell.home };
    let done: JobOutput | undefined;
    await runSteps(steps, {
      ...where,
      commands,
      place,
      files: new FileSystem(commands, where),
      signal: new AbortController().signal,
      onProgress: (_: HadoopStep, output) => onProgress?.(output),
      onDone: (_, output) => {
        done = output;
      },
    });
    assert.ok(done);
    return done;
  }

  /** Lists and plans in a pipe, which is faster than a job. */
  async function planHere(): Promise<void> {
    await put(
      `echo , | campanile bucketlist --bucket ${rig.source.name} |
      campanile multipartlist --src-bucket ${rig.source.name} --src-profile jeff --dst-bucket ${rig.target.name} --dst-profile jassy`,
      "tasks",
    );
  }

  async function listHere(): Promise<void> {
    await put(`echo , | campanile bucketlist --bucket ${rig.source.name}`, "sourceList");
  }

  async function put(line: string, what: "tasks" | "sourceList"): Promise<void> {
    const path = planPaths(planOf())[what];
    const lines = await shell.run(line, { env: { AWS_PROFILE: "jeff" } });
    assertEnded(lines);
    const put = `hadoop() { "$HADOOP_HOME/bin/hadoop" "$@"; }; hadoop fs -put - ${path}`;
    assertEnded(await shell.run(put, { stdin: lines.stdout }));
    if (what === "tasks") taskCodec.decode(lines.stdout.split("\n", 1)[0]!);
  }

  function kill(stage: string, attempt: string): void {
    const tasks = hadoop.cluster.tasks(stage).filter((task) => task.attempt === attempt);
    assert.ok(tasks.length > 0, `${attempt} has ended`);
    for (const { pid } of tasks) process.kill(pid, "SIGKILL");
  }

  function asked(operation: OperationName): number {
    return rig.server.requests.count(operation);
  }

  async function assertCopied(results = `${directory}/results`): Promise<void> {
    const found = (await hadoop.linesOf(results)).map((line) => resultCodec.decode(line));
    assert.deepEqual(
      found.filter(({ attributes }) => attributes?.outcome !== undefined),
      [],
    );
    assert.equal(found.length, rows);
    assertThere();
  }

  /** All objects are, as they were at the source, and no upload is left. */
  function assertThere(): void {
    for (const key of [...plain, ...inParts]) {
      const { source, target } = rig.at(key);
      assert.ok(source && target, `${key} is not there`);
      assert.deepEqual(carriedOf(target), carriedOf(source));
      assert.ok(bytesOf(target).equals(bytesOf(source)), `${key} has other bytes`);
      assert.equal(target.etag, source.etag);
    }
    assert.deepEqual(rig.server.store.uploads(rig.target.name), []);
  }
});
