import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { JobOutput } from "./job-output.ts";

/** What Hadoop 3.4 says of a job that has succeeded, by its own log. */
const succeeded = `packageJobJar: [] [/opt/hadoop-streaming-3.4.2.jar] /tmp/streamjob1.jar tmpDir=null
2026-11-24 20:43:01,300 INFO org.apache.hadoop.mapred.FileInputFormat: Total input files to process : 1
2026-11-24 20:43:02,300 INFO org.apache.hadoop.mapreduce.Job: The url to track the job: http://nn:8088/proxy/application_1_0001/
2026-11-24 20:43:02,301 INFO org.apache.hadoop.mapreduce.Job: Running job: job_1795553061423_0001
2026-11-24 20:43:07,302 INFO org.apache.hadoop.mapreduce.Job:  map 0% reduce 0%
2026-11-24 20:43:12,302 INFO org.apache.hadoop.mapreduce.Job: Task Id : attempt_1795553061423_0001_m_000000_0, Status : FAILED
Error: java.lang.RuntimeException: PipeMapRed.waitOutputThreads(): subprocess failed with code 137
\tat org.apache.hadoop.streaming.PipeMapRed.waitOutputThreads(PipeMapRed.java:326)

2026-11-24 20:43:13,302 INFO org.apache.hadoop.mapreduce.Job:  map 100% reduce 0%
2026-11-24 20:43:14,302 INFO org.apache.hadoop.mapreduce.Job:  map 100% reduce 100%
2026-11-24 20:43:15,302 INFO org.apache.hadoop.mapreduce.Job: Job job_1795553061423_0001 completed successfully
2026-11-24 20:43:15,402 INFO org.apache.hadoop.mapreduce.Job: Counters: 4
\tJob Counters 
\t\tLaunched map tasks=3
\tphotos
\t\tBytes=1234567890123
\t\tInputBytes=a=7
\tmultipartcomplete
\t\trecords=12
2026-11-24 20:43:15,410 INFO org.apache.hadoop.streaming.StreamJob: Output directory: /run/results
`;

const failed = `26/11/24 20:43:02 INFO mapreduce.Job: Running job: job_1_0002
26/11/24 20:43:07 INFO mapreduce.Job:  map 50% reduce 0%
26/11/24 20:43:08 INFO mapreduce.Job: Task Id : attempt_1_0002_m_000000_3, Status : FAILED
Error: java.lang.RuntimeException: PipeMapRed.waitOutputThreads(): subprocess failed with code 4
26/11/24 20:43:09 INFO mapreduce.Job: Task Id : attempt_1_0002_m_000001_0, Status : FAILED
[2026-11-24 20:43:09.1]Container killed by the ApplicationMaster.
26/11/24 20:43:10 INFO mapreduce.Job: Job job_1_0002 failed with state FAILED due to: Task failed task_1_0002_m_000000
26/11/24 20:43:11 ERROR streaming.StreamJob: Job not successful!
Streaming Command Failed!
`;

function read(text: string): JobOutput {
  const output = new JobOutput();
  for (const line of text.split("\n")) output.read(line);
  return output;
}

describe("JobOutput", () => {
  test("reads of a job how it went and what it counted", () => {
    const output = read(succeeded);
    assert.equal(output.jobId, "job_1795553061423_0001");
    assert.equal(output.url, "http://nn:8088/proxy/application_1_0001/");
    assert.deepEqual(output.progress, { map: 100, reduce: 100 });
    assert.equal(output.failure, undefined);
    assert.equal(output.counters.get("photos", "Bytes"), 1_234_567_890_123);
    assert.equal(output.counters.get("photos", "InputBytes=a"), 7);
    assert.equal(output.counters.get("multipartcomplete", "records"), 12);
    assert.equal(output.counters.get("Job Counters ", "Launched map tasks"), 3);
    assert.deepEqual(output.failedAttempts, [
      {
        attempt: "attempt_1795553061423_0001_m_000000_0",
        status: 137,
        reason: "PipeMapRed.waitOutputThreads(): subprocess failed with code 137",
      },
    ]);
  });

  test("reads of one that failed why, whatever the form of its log", () => {
    const output = read(failed);
    assert.equal(output.failure, "Task failed task_1_0002_m_000000");
    assert.ok(output.counters.isEmpty);
    assert.deepEqual(
      output.failedAttempts.map(({ attempt, status }) => [attempt, status]),
      [
        ["attempt_1_0002_m_000000_3", 4],
        ["attempt_1_0002_m_000001_0", undefined],
      ],
    );
  });

  test("tells when there is progress to be shown", () => {
    const output = new JobOutput();
    const told = succeeded.split("\n").filter((line) => output.read(line));
    assert.equal(told.length, 3);
  });
});
