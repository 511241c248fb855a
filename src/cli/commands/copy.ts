import { Command } from "commander";
import { addExamples } from "../examples.ts";
import { addHadoopOptions, type HadoopValues } from "../hadoop-options.ts";
import type { Io } from "../io.ts";
import { addJobOptions, type JobValues } from "../job-options.ts";
import { s3Address, type S3Address } from "../s3-address.ts";
import { versionOptions, type VersionValues } from "../version-options.ts";

export function copyCommand(io: Io): Command {
  const command = new Command("copy")
    .usage("[options] s3://BUCKET[/FOLDER] s3://BUCKET[/FOLDER]")
    .description(
      `Copies all objects of a bucket, or of a folder of one, to another, whatever is there: of each key of the source the part behind FOLDER/ is put behind the other FOLDER/. It lists from many places at a time, and copies as it lists. The target is not looked at; sync copies only what differs.

Standard output has a line for each object that was skipped or failed, and why.`,
    )
    .argument("<source>", "s3://BUCKET or s3://BUCKET/FOLDER", s3Address)
    .argument("<target>", "the same, where to write", s3Address);
  const patterns = addJobOptions(command, io);
  addHadoopOptions(command);
  for (const option of versionOptions()) command.addOption(option);
  command.action(
    async (
      source: S3Address,
      target: S3Address,
      values: JobValues & HadoopValues & VersionValues,
    ) => {
      const job = { command: "copy", source, target, values, patterns } as const;
      if (values.versions === true || values.asOf !== undefined) {
        const { copyVersions } = await import("../copy-versions.ts");
        return copyVersions(io, job, values);
      }
      if (values.engine === "hadoop") {
        const { runOnHadoop } = await import("../run-on-hadoop.ts");
        return runOnHadoop(io, job);
      }
      const { runJob } = await import("../run-job.ts");
      return runJob(io, job);
    },
  );
  return addExamples(
    command,
    "campanile copy s3://photos s3://copies",
    "campanile copy s3://photos/2015 s3://copies/old --exclude '*.tmp' --dry-run",
  );
}
