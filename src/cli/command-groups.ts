import type { Command } from "commander";
import type { Io } from "./io.ts";

/** A command as the help of `campanile` shows it, and where its options are declared. */
export interface ListedCommand {
  readonly name: string;
  readonly summary: string;
  /** Loads what declares it: most of what a command line costs that asks for little. */
  readonly load: () => Promise<(io: Io) => Command>;
}

/** The commands, as the help of `campanile` groups them. */
export const commandGroups: Readonly<Record<string, readonly ListedCommand[]>> = {
  "The steps of a copy, from standard input to standard output:": [
    {
      name: "bucketlist",
      summary: "list the objects of a bucket",
      load: async () => (await import("./commands/bucketlist.ts")).bucketlistCommand,
    },
    {
      name: "diff",
      summary: "compare two buckets, or lists of them",
      load: async () => (await import("./commands/diff.ts")).diffCommand,
    },
    {
      name: "multipartlist",
      summary: "plan a copy: a task for each object or part",
      load: async () => (await import("./commands/multipartlist.ts")).multipartlistCommand,
    },
    {
      name: "objectcopy",
      summary: "copy objects, and parts of large ones",
      load: async () => (await import("./commands/objectcopy.ts")).objectcopyCommand,
    },
    {
      name: "multipartcomplete",
      summary: "make objects of the parts that were copied",
      load: async () => (await import("./commands/multipartcomplete.ts")).multipartcompleteCommand,
    },
    {
      name: "objectdelete",
      summary: "delete objects, a thousand with one request",
      load: async () => (await import("./commands/objectdelete.ts")).objectdeleteCommand,
    },
  ],
  "Buckets as a whole:": [
    {
      name: "ls",
      summary: "list a bucket, by many requests at a time",
      load: async () => (await import("./commands/ls.ts")).lsCommand,
    },
    {
      name: "copy",
      summary: "copy a bucket, or a folder of one, to another",
      load: async () => (await import("./commands/copy.ts")).copyCommand,
    },
    {
      name: "sync",
      summary: "bring a bucket, or a folder of one, into step with another",
      load: async () => (await import("./commands/sync.ts")).syncCommand,
    },
    {
      name: "verify",
      summary: "prove two buckets equal, with a report",
      load: async () => (await import("./commands/verify.ts")).verifyCommand,
    },
    {
      name: "estimate",
      summary: "tell what a copy would cost and take, before it",
      load: async () => (await import("./commands/estimate.ts")).estimateCommand,
    },
    {
      name: "partition",
      summary: "cut a bucket into ranges of keys: a part file",
      load: async () => (await import("./commands/partition.ts")).partitionCommand,
    },
  ],
  "Runs that are kept, by copy or sync with --run:": [
    {
      name: "status",
      summary: "tell how far a run is, and what comes next",
      load: async () => (await import("./commands/status.ts")).statusCommand,
    },
    {
      name: "resume",
      summary: "go on with a run that was ended before it was done",
      load: async () => (await import("./commands/resume.ts")).resumeCommand,
    },
    {
      name: "retry",
      summary: "try again what failed in a run",
      load: async () => (await import("./commands/retry.ts")).retryCommand,
    },
    {
      name: "runs",
      summary: "list the runs that are kept in a directory",
      load: async () => (await import("./commands/runs.ts")).runsCommand,
    },
  ],
  "On Hadoop:": [
    {
      name: "hadoop",
      summary: "run one stage as a job on the Hadoop at hand",
      load: async () => (await import("./commands/hadoop.ts")).hadoopCommand,
    },
    {
      name: "rsync",
      summary: "the first Campanile's rsync: the steps of a copy, for EMR or the cluster at hand",
      load: async () => (await import("./commands/rsync.ts")).rsyncCommand,
    },
    {
      name: "diffmap",
      summary: "mark entries for diffreduce: the mapper of a comparison on Hadoop",
      load: async () => (await import("./commands/diffmap.ts")).diffmapCommand,
    },
    {
      name: "diffreduce",
      summary: "compare marked entries: the reducer of a comparison on Hadoop",
      load: async () => (await import("./commands/diffreduce.ts")).diffreduceCommand,
    },
    {
      name: "copyranges",
      summary: "do all of a copy for ranges of keys: the mapper of --engine hadoop --fused",
      load: async () => (await import("./commands/copyranges.ts")).copyrangesCommand,
    },
  ],
  "For trying it out, without an account:": [
    {
      name: "demo",
      summary: "see a bucket copied: an S3 in this process, no account needed",
      load: async () => (await import("./commands/demo.ts")).demoCommand,
    },
    {
      name: "serve",
      summary: "run an S3 on this machine, for trying things out",
      load: async () => (await import("./commands/serve.ts")).serveCommand,
    },
  ],
};
