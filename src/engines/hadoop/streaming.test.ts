import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { readRecords } from "../../stream/lines.ts";
import { collect } from "../../stream/pages.ts";
import { entryCodec } from "../../record/entry.ts";
import { inputIsIn, type StreamingTask, streamingTask } from "./streaming.ts";

const nLine = "org.apache.hadoop.mapred.lib.NLineInputFormat";
const text = "org.apache.hadoop.mapred.TextInputFormat";

describe("streamingTask", () => {
  const cases: readonly {
    readonly name: string;
    readonly env: Readonly<Record<string, string>>;
    readonly task: Partial<StreamingTask> | undefined;
  }[] = [
    { name: "a shell", env: { PATH: "/bin" }, task: undefined },
    {
      name: "a shell on a node of a cluster",
      env: { mapred_input_format_class: nLine, HADOOP_HOME: "/usr/lib/hadoop" },
      task: undefined,
    },
    {
      name: "a mapper of lines with their offsets",
      env: { mapreduce_task_ismap: "true", mapred_input_format_class: nLine },
      task: { isMap: true, skipColumns: 1, isRetry: false },
    },
    {
      name: "the same under the names of old",
      env: { mapred_task_is_map: "true", mapred_input_format_class: nLine },
      task: { isMap: true, skipColumns: 1 },
    },
    {
      name: "a mapper whose offsets Hadoop drops",
      env: {
        mapreduce_task_ismap: "true",
        mapred_input_format_class: nLine,
        stream_map_input_ignoreKey: "true",
      },
      task: { isMap: true, skipColumns: 0 },
    },
    {
      name: "a mapper whose offsets Hadoop drops, as Java reads it",
      env: {
        mapreduce_task_ismap: "true",
        mapred_input_format_class: nLine,
        stream_map_input_ignoreKey: " TRUE ",
      },
      task: { isMap: true, skipColumns: 0 },
    },
    {
      name: "a mapper that is told to get them",
      env: {
        mapreduce_task_ismap: "true",
        mapred_input_format_class: nLine,
        stream_map_input_ignoreKey: "false",
      },
      task: { isMap: true, skipColumns: 1 },
    },
    {
      name: "a mapper whose switch is neither",
      env: {
        mapreduce_task_ismap: "true",
        mapred_input_format_class: nLine,
        stream_map_input_ignoreKey: "yes",
      },
      task: { isMap: true, skipColumns: 1 },
    },
    {
      name: "a mapper of bare lines",
      env: { mapreduce_task_ismap: "true", mapred_input_format_class: text },
      task: { isMap: true, skipColumns: 0 },
    },
    {
      name: "a mapper of bare lines that is told to get offsets",
      env: {
        mapreduce_task_ismap: "true",
        mapred_input_format_class: text,
        stream_map_input_ignoreKey: "false",
      },
      task: { isMap: true, skipColumns: 1 },
    },
    {
      name: "a mapper of another input format, whose key is part of the record",
      env: {
        mapreduce_task_ismap: "true",
        mapred_input_format_class: "org.apache.hadoop.mapred.KeyValueTextInputFormat",
      },
      task: { isMap: true, skipColumns: 0 },
    },
    {
      name: "a reducer, which gets no offsets",
      env: { mapreduce_task_ismap: "false", mapred_input_format_class: nLine },
      task: { isMap: false, skipColumns: 0 },
    },
    {
      name: "a first attempt",
      env: {
        mapreduce_task_ismap: "true",
        mapreduce_task_attempt_id: "attempt_1450000000000_0001_m_000003_0",
      },
      task: { isRetry: false },
    },
    {
      name: "a later attempt",
      env: {
        mapreduce_task_ismap: "true",
        mapreduce_task_attempt_id: "attempt_1450000000000_0001_m_000003_2",
      },
      task: { isRetry: true },
    },
    {
      name: "a later attempt under the name of old",
      env: { mapred_task_is_map: "false", mapred_task_id: "attempt_200707121733_0003_r_000005_1" },
      task: { isMap: false, isRetry: true },
    },
  ];
  for (const { name, env, task } of cases) {
    test(`knows ${name}`, () => {
      const found = streamingTask(env);
      if (task === undefined) assert.equal(found, undefined);
      else assert.deepEqual({ ...found, ...task }, found);
    });
  }

  test("lets a record be read as it was written, with its offset and without", async () => {
    const line = "a b\te\t1\t2026-11-24 17:00:00";
    const read = async (bytes: string, env: Record<string, string>) => {
      const source = {
        name: "standard input",
        bytes: (async function* () {
          yield Buffer.from(bytes);
        })(),
        skipColumns: streamingTask(env)?.skipColumns,
      };
      return (await collect(readRecords(source, entryCodec))).map((entry) =>
        entryCodec.encode(entry),
      );
    };
    const map = { mapreduce_task_ismap: "true", mapred_input_format_class: nLine };
    assert.deepEqual(await read(`0\t${line}\n30\t${line}\n`, map), [line, line]);
    assert.deepEqual(
      await read(`${line}\n${line}\n`, { ...map, stream_map_input_ignoreKey: "true" }),
      [line, line],
    );
    assert.deepEqual(await read(`${line}\n`, { ...map, mapreduce_task_ismap: "false" }), [line]);
  });
});

describe("inputIsIn", () => {
  const cases = [
    {
      file: "hdfs://127.0.0.1:9000/runs/1/photos.list/part-00000",
      directory: "/runs/1/photos.list",
      is: true,
    },
    {
      file: "hdfs://nn/runs/1/photos.list/part-00000",
      directory: "hdfs:///runs/1/photos.list/",
      is: true,
    },
    { file: "file:/runs/1/photos.list/part-00000", directory: "/runs/1/photos.list", is: true },
    {
      file: "s3://lists/runs/1/a.list/part-00000",
      directory: "s3://lists/runs/1/a.list",
      is: true,
    },
    {
      file: "hdfs://nn/runs/1/photos.list2/part-00000",
      directory: "/runs/1/photos.list",
      is: false,
    },
    {
      file: "hdfs://nn/runs/1/copies.list/part-00000",
      directory: "/runs/1/photos.list",
      is: false,
    },
  ];
  for (const { file, directory, is } of cases) {
    test(`says ${is} of ${file} and ${directory}`, () => {
      assert.equal(inputIsIn({ mapreduce_map_input_file: file }, directory), is);
    });
  }

  test("says nothing of a process that is no mapper of files", () => {
    assert.equal(inputIsIn({}, "/runs"), undefined);
  });
});
