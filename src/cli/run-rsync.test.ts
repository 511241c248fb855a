import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { describe, test } from "node:test";

import type { EmrStep } from "../engines/emr/emr-step.ts";
import { main } from "./main.ts";

const common = `rsync -j j-21Z837CG1ZQ14 --input s3://codebucket/input/srcbucket/part.all
  --output s3://codebucket/output/srcbucket --code s3://codebucket
  --src-bucket srcbucket --dst-bucket dstbucket --src-profile jeff --dst-profile jassy
  --src-endpoint s3-us-west-2.amazonaws.com --dst-endpoint s3-us-west-2.amazonaws.com
  --uuid 1451507458 --dry-run --json`;

const endpoint = "s3-us-west-2.amazonaws.com";
const sides = `--src-bucket srcbucket --src-endpoint ${endpoint} --dst-bucket dstbucket --dst-endpoint ${endpoint} --src-profile jeff --dst-profile jassy`;
const nLine = "org.apache.hadoop.mapred.lib.NLineInputFormat";

/** The steps that the original's readme shows of a dry run; its programs are one program now. */
const originals = [
  {
    name: "list.srcbucket.part.all",
    mapper: `campanile.mjs bucketlist --bucket srcbucket --endpoint ${endpoint} --profile jeff`,
    input: "s3://codebucket/input/srcbucket/part.all",
    output: "/1451507458/srcbucket.list",
    properties: [
      "mapreduce.map.maxattempts=4",
      "mapreduce.input.lineinputformat.linespermap=1",
      "mapreduce.map.speculative=false",
      "mapreduce.task.timeout=300000",
    ],
  },
  {
    name: "mlist.srcbucket.part.all",
    mapper: `campanile.mjs multipartlist ${sides}`,
    input: "/1451507458/srcbucket.list",
    output: "/1451507458/srcbucket.multipartlist",
    properties: [
      "mapreduce.map.maxattempts=4",
      "mapreduce.input.lineinputformat.linespermap=1000",
      "mapreduce.map.speculative=false",
      "mapreduce.task.timeout=300000",
    ],
  },
  {
    name: "copy.srcbucket.part.all",
    mapper: `campanile.mjs objectcopy ${sides}`,
    reducer: `campanile.mjs multipartcomplete --bucket dstbucket --endpoint ${endpoint} --profile jassy`,
    input: "/1451507458/srcbucket.multipartlist",
    output: "s3://codebucket/output/srcbucket/part.all.1451507458",
    properties: [
      "mapreduce.map.maxattempts=6",
      "mapreduce.task.timeout=600000",
      "mapreduce.map.speculative=false",
      "mapreduce.job.reduces=1",
      "mapreduce.output.fileoutputformat.compress=true",
      "mapreduce.output.fileoutputformat.compress.codec=org.apache.hadoop.io.compress.GzipCodec",
      "mapreduce.input.lineinputformat.linespermap=10",
    ],
  },
] as const;

describe("rsync", () => {
  test("makes the steps of the original's readme", async () => {
    const steps = await stepsOf();
    assert.deepEqual(
      steps.map(({ Name }) => Name),
      originals.map(({ name }) => name),
    );
    for (const [i, original] of originals.entries()) {
      const { ActionOnFailure, HadoopJarStep } = steps[i]!;
      assert.equal(ActionOnFailure, "CANCEL_AND_WAIT");
      assert.equal(HadoopJarStep.Jar, "command-runner.jar");
      assert.equal(HadoopJarStep.Args[0], "hadoop-streaming");
      const valuesOf = (option: string) =>
        HadoopJarStep.Args.filter((_, at, args) => args[at - 1] === option);
      assert.deepEqual(valuesOf("-files"), ["s3://codebucket/campanile.mjs,s3://codebucket/.boto"]);
      assert.deepEqual(valuesOf("-mapper"), [original.mapper]);
      assert.deepEqual(valuesOf("-reducer"), "reducer" in original ? [original.reducer] : []);
      assert.deepEqual(valuesOf("-input"), [original.input]);
      assert.deepEqual(valuesOf("-output"), [original.output]);
      assert.deepEqual(valuesOf("-inputformat"), [nLine]);
      const properties = new Set(valuesOf("-D"));
      assert.deepEqual(
        original.properties.filter((property) => !properties.has(property)),
        [],
      );
    }
  });

  test("compares by Hive as the original's readme shows it", async () => {
    const steps = await stepsOf("--diff");
    assert.deepEqual(
      steps.map(({ Name }) => Name.split(".", 2).join(".")),
      ["list.srcbucket", "list.dstbucket", "hive.srcbucket", "mlist.srcbucket", "copy.srcbucket"],
    );
    assert.deepEqual(steps[2]?.HadoopJarStep.Args, [
      "hive-script",
      "--run-hive-script",
      "--args",
      "-f",
      "s3://codebucket/diff.q",
      "-d",
      "SRC=/1451507458/srcbucket.list",
      "-d",
      "DST=/1451507458/dstbucket.list",
      "-d",
      "DIFF=/1451507458/diff.list",
    ]);
    assert.ok(steps[3]?.HadoopJarStep.Args.includes("/1451507458/diff.list"));
  });

  const cases: readonly { readonly options: readonly string[]; readonly steps: string }[] = [
    { options: ["--no-copy"], steps: "list.srcbucket" },
    { options: ["--no-copy", "--diff"], steps: "list.srcbucket list.dstbucket hive.srcbucket" },
    { options: ["--list-only"], steps: "list.srcbucket" },
    { options: ["--list-only", "--diff"], steps: "list.srcbucket list.dstbucket" },
  ];
  for (const { options, steps } of cases) {
    test(`stops where it is told to: ${options.join(" ")}`, async () => {
      const names = (await stepsOf(...options)).map(({ Name }) => Name.replace(".part.all", ""));
      assert.equal(names.join(" "), steps);
    });
  }

  test("refuses a step that EMR would refuse as too long", async () => {
    const { status, stderr } = await run("-D", `a.property=${"x".repeat(10_240)}`);
    assert.equal(status, 2);
    assert.match(stderr, /EMR takes 10240/);
  });

  async function stepsOf(...options: readonly string[]): Promise<readonly EmrStep[]> {
    const { stdout, stderr, status } = await run(...options);
    assert.equal(status, 0, stderr);
    return JSON.parse(stdout) as readonly EmrStep[];
  }

  async function run(...options: readonly string[]) {
    const [stdout, stderr] = [new PassThrough(), new PassThrough()];
    const status = await main([...common.split(/\s+/), ...options], {
      stdin: new PassThrough(),
      stdout,
      stderr,
      env: {},
      home: "/nowhere",
      cwd: "/nowhere",
      interrupted: new AbortController().signal,
    });
    const text = (stream: PassThrough): string => String((stream.read() as Buffer | null) ?? "");
    return { status, stdout: text(stdout), stderr: text(stderr) };
  }
});
