import { spawn } from "node:child_process";
import { existsSync, globSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { inCheckout } from "../../support/servers/checkout.ts";
import { type Daemon, startDaemon } from "../../support/servers/daemon.ts";
import { freePorts } from "../../support/servers/free-ports.ts";
import type { Ran } from "../../support/shell.ts";
import { masterNode, type RunningTask, runningTasks } from "./running-tasks.ts";
import { ended, type HadoopCommand, runHadoop } from "./client.ts";
import {
  type ClusterPorts,
  clusterProperties,
  hadoopJars,
  lightJvm,
  nodeProperties,
  writeConfiguration,
} from "./configuration.ts";

/** HDFS and YARN on 127.0.0.1: the daemons of Hadoop, each a process that can be killed. */
export interface Cluster {
  /** What a client of it has in its environment: HADOOP_HOME and HADOOP_CONF_DIR. */
  readonly env: Readonly<Record<string, string>>;
  /** How many nodes it has that run tasks. */
  readonly nodes: number;
  /** Runs a command of the distribution, as `hadoop fs -ls /`, until it ends. */
  run(command: HadoopCommand, ...args: readonly string[]): Promise<Ran>;
  /** Asks the ResourceManager: `path` is below `/ws/v1/cluster/`. */
  ask(path: string): Promise<unknown>;
  /** Kills the NodeManager of a node, and what ran there, as a power cut does. */
  killNode(node: number): Promise<void>;
  /** Starts the NodeManager of a node that was killed. */
  startNode(node: number): Promise<void>;
  /** The processes of ours that run as tasks now, of a stage. */
  tasks(stage: string): readonly RunningTask[];
  /** The node that runs the master of a job, if one runs. */
  masterNode(): number | undefined;
  /** What the tasks of an application have written to standard error. */
  taskLogs(application: string): string;
  /** Ends all, and what its tasks have left running, and deletes its files. */
  stop(): Promise<void>;
}

const nodes = 2;

/** Whether `scripts/hadoop/install.sh` has been here. */
export function isHadoopInstalled(): boolean {
  return existsSync(hadoopJars) && existsSync(inCheckout(".servers/hadoop/hive-jars"));
}

/** Starts a cluster, empty, and waits until it takes jobs; about ten seconds. */
export async function startCluster(signal: AbortSignal): Promise<Cluster> {
  const directory = join(inCheckout(".servers/run"), String(process.pid), "hadoop");
  mkdirSync(directory, { recursive: true });
  const ports = await choosePorts();
  const properties = clusterProperties(directory, ports);
  const conf = join(directory, "conf");
  writeConfiguration(conf, properties);
  const nodeDirectory = (node: number): string => join(directory, `node-${node}`);
  ports.nodes.forEach((own, node) => {
    const place = nodeDirectory(node);
    writeConfiguration(join(place, "conf"), { ...properties, ...nodeProperties(place, own) });
  });
  const env = { HADOOP_HOME: inCheckout("scripts/hadoop"), HADOOP_CONF_DIR: conf };
  const run: Cluster["run"] = (command, ...args) => runHadoop(command, args, { env });

  const running = new Map<string, Daemon>();
  const start = async (
    name: string,
    className: string,
    ready: () => Promise<boolean>,
    folder = conf,
  ): Promise<void> => {
    const daemon = await startDaemon({
      command: inCheckout("scripts/servers/while-open.sh"),
      args: [
        "bash",
        "-c",
        `echo $$ >"$0"; exec java "$@"`,
        pidFile(name),
        ...javaOf(className, folder),
      ],
      env: { HADOOP_CONF_DIR: folder },
      directory: join(directory, name),
      ready,
      signal,
    });
    running.set(name, daemon);
  };
  const pidFile = (name: string): string => join(directory, `${name}.pid`);
  const ask = async (path: string): Promise<unknown> => {
    const reply = await fetch(`http://127.0.0.1:${ports.resourceManagerWeb}/ws/v1/cluster/${path}`);
    return await reply.json();
  };
  const isSaid = async (url: string, text: string): Promise<boolean> => {
    const reply = await fetch(url, { signal: AbortSignal.timeout(2000) }).catch(() => undefined);
    return reply?.ok === true && (await reply.text()).includes(text);
  };
  const startNode = (node: number): Promise<void> => {
    const [, , web] = ports.nodes[node]!;
    const ready = (): Promise<boolean> =>
      isSaid(
        `http://127.0.0.1:${ports.resourceManagerWeb}/ws/v1/cluster/nodes?states=RUNNING`,
        `:${web}"`,
      );
    const place = join(nodeDirectory(node), "conf");
    return start(nodeName(node), "yarn.server.nodemanager.NodeManager", ready, place);
  };
  const endTasks = (node: number): void => {
    for (const file of globSync(join(nodeDirectory(node), "local/nmPrivate/**/container_*.pid"))) {
      // Tasks have sessions of their own, and outlive a NodeManager that was killed.
      killGroup(Number(readFileSync(file, "utf8")));
    }
  };
  const stop = async (): Promise<void> => {
    const ends = await Promise.allSettled(
      [...running.values()].toReversed().map((one) => one.stop()),
    );
    for (let node = 0; node < nodes; node++) endTasks(node);
    const failed = ends.find((end) => end.status === "rejected");
    if (failed !== undefined) throw failed.reason;
  };

  try {
    await format(conf, directory);
    const nameNode = `http://127.0.0.1:${ports.nameNodeWeb}/jmx?qry=Hadoop:service=NameNode,name=FSNamesystemState`;
    const starts = await Promise.allSettled([
      start("NameNode", "hdfs.server.namenode.NameNode", () => isSaid(nameNode, "NumLive")),
      start("DataNode", "hdfs.server.datanode.DataNode", () =>
        isSaid(nameNode, '"NumLiveDataNodes" : 1'),
      ),
      start("ResourceManager", "yarn.server.resourcemanager.ResourceManager", () =>
        isSaid(
          `http://127.0.0.1:${ports.resourceManagerWeb}/ws/v1/cluster/info`,
          '"state":"STARTED"',
        ),
      ),
      ...Array.from({ length: nodes }, (_, node) => startNode(node)),
    ]);
    const failed = starts.find((one) => one.status === "rejected");
    if (failed !== undefined) throw failed.reason;
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    env,
    nodes,
    run,
    ask,
    startNode,
    async stop() {
      await stop();
      rmSync(directory, { recursive: true, force: true });
    },
    async killNode(node) {
      process.kill(Number(readFileSync(pidFile(nodeName(node)), "utf8")), "SIGKILL");
      endTasks(node);
      await running.get(nodeName(node))?.stop();
      running.delete(nodeName(node));
    },
    tasks: (stage) => runningTasks(directory, stage),
    masterNode: () => masterNode(directory),
    taskLogs(application) {
      const files = globSync(join(directory, `node-*/log/${application}/*/stderr`));
      return files.map((file) => readFileSync(file, "utf8")).join("");
    },
  };
}

function nodeName(node: number): string {
  return `NodeManager-${node}`;
}

async function choosePorts(): Promise<ClusterPorts> {
  const ports = await freePorts(10 + 4 * nodes);
  const take = (): number => ports.pop()!;
  return {
    hdfs: take(),
    nameNodeWeb: take(),
    dataNode: [take(), take(), take()],
    resourceManager: [take(), take(), take(), take()],
    resourceManagerWeb: take(),
    nodes: Array.from({ length: nodes }, () => [take(), take(), take(), take()] as const),
  };
}

function javaOf(className: string, conf: string): readonly string[] {
  return [
    "-Xmx256m",
    ...lightJvm.split(" "),
    // YARN's web pages reach into java.lang, which a JDK 17 closes.
    "--add-opens=java.base/java.lang=ALL-UNNAMED",
    "-cp",
    `${conf}:${hadoopJars}/*`,
    `org.apache.hadoop.${className}`,
  ];
}

async function format(conf: string, directory: string): Promise<void> {
  const args = [...javaOf("hdfs.server.namenode.NameNode", conf), "-format"];
  const { status, stderr } = await ended(spawn("java", args, { cwd: directory }));
  if (status !== 0) throw new Error(`HDFS cannot be formatted: ${stderr}`);
}

function killGroup(pid: number): void {
  try {
    if (pid > 1) process.kill(-pid, "SIGKILL");
  } catch (error) {
    // It has ended by itself.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** Asks again and again until there is an answer; throws an Error when there is none in time. */
export async function eventually<T>(
  what: string,
  look: () => T | undefined | Promise<T | undefined>,
  timeoutMs = 120_000,
): Promise<T> {
  const end = Date.now() + timeoutMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > end) throw new Error(`waited ${timeoutMs / 1000} s for ${what}`);
    await sleep(100);
  }
}
