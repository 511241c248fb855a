import { Command, Option } from "commander";
import { compareModes } from "../../compare/compare-mode.ts";
import { addExamples } from "../examples.ts";
import { addHadoopOptions, type HadoopValues } from "../hadoop-options.ts";
import type { Io } from "../io.ts";
import { addJobOptions, type JobValues, maxDeleteOption } from "../job-options.ts";
import { s3Address, type S3Address } from "../s3-address.ts";

export function syncCommand(io: Io): Command {
  const command = new Command("sync")
    .usage("[options] s3://BUCKET[/FOLDER] s3://BUCKET[/FOLDER]")
    .description(
      `Copies what the target lacks, or has another object for, and with --delete deletes what only the target has. Keys are compared, and copied, by the part behind FOLDER/. Both sides are listed from many places at a time, and copies begin with the first pages.

Standard output has a line for each object that was skipped or failed, and why. What --include, --exclude and the like leave out is neither copied nor deleted. What only the target has is judged by the key that it would have at the source.`,
    )
    .argument("<source>", "s3://BUCKET or s3://BUCKET/FOLDER", s3Address)
    .argument("<target>", "the same, where to write", s3Address)
    .addOption(
      new Option(
        "--compare <how>",
        "by what two objects of one key are the same: auto, by size and ETag, and where ETags cannot tell by checksum, else by time; etag; size; size+mtime; checksum",
      )
        .choices(compareModes)
        .default("auto"),
    )
    .option("--delete", "delete what only the target has")
    .addOption(maxDeleteOption());
  const patterns = addJobOptions(command, io);
  addHadoopOptions(command);
  command.action(async (source: S3Address, target: S3Address, values: JobValues & HadoopValues) => {
    const job = { command: "sync", source, target, values, patterns } as const;
    if (values.engine === "hadoop") {
      const { runOnHadoop } = await import("../run-on-hadoop.ts");
      return runOnHadoop(io, job);
    }
    const { runJob } = await import("../run-job.ts");
    return runJob(io, job);
  });
  return addExamples(
    command,
    "campanile sync s3://photos s3://copies",
    "campanile sync s3://photos s3://copies --delete --dry-run",
  );
}
