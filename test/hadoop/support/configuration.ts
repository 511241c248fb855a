import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { inCheckout } from "../../support/servers/checkout.ts";

/** Properties of Hadoop's configuration, by name. */
export type Properties = Readonly<Record<string, string | number | boolean>>;

/** The ports that a cluster listens on, on 127.0.0.1. */
export interface ClusterPorts {
  readonly hdfs: number;
  readonly nameNodeWeb: number;
  readonly dataNode: readonly [data: number, web: number, ipc: number];
  readonly resourceManager: readonly [number, number, number, number];
  readonly resourceManagerWeb: number;
  /** For each NodeManager. */
  readonly nodes: readonly (readonly [
    rpc: number,
    localizer: number,
    web: number,
    shuffle: number,
  ])[];
}

/** Options of small JVMs on few cores: the second compiler and parallel collectors cost more than they give. */
export const lightJvm = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC";

/** Where `scripts/hadoop/install.sh` puts Hadoop's jars. */
export const hadoopJars = inCheckout(".servers/hadoop/jars");

/**
 * What a small cluster is set to: little memory a process, and heartbeats ten times as often as a large
 * one has them, because a job of seconds is mostly waiting for them.
 */
export function clusterProperties(directory: string, ports: ClusterPorts): Properties {
  const { hdfs, nameNodeWeb, dataNode, resourceManager, resourceManagerWeb } = ports;
  const at = (port: number): string => `127.0.0.1:${port}`;
  return {
    "hadoop.tmp.dir": join(directory, "data"),
    "fs.defaultFS": `hdfs://${at(hdfs)}`,
    "dfs.replication": 1,
    "dfs.permissions.enabled": false,
    "dfs.namenode.safemode.extension": 0,
    "dfs.namenode.http-address": at(nameNodeWeb),
    "dfs.namenode.datanode.registration.ip-hostname-check": false,
    "dfs.datanode.address": at(dataNode[0]),
    "dfs.datanode.http.address": at(dataNode[1]),
    "dfs.datanode.ipc.address": at(dataNode[2]),
    "yarn.resourcemanager.hostname": "127.0.0.1",
    "yarn.resourcemanager.address": at(resourceManager[0]),
    "yarn.resourcemanager.scheduler.address": at(resourceManager[1]),
    "yarn.resourcemanager.resource-tracker.address": at(resourceManager[2]),
    "yarn.resourcemanager.admin.address": at(resourceManager[3]),
    "yarn.resourcemanager.webapp.address": at(resourceManagerWeb),
    "yarn.resourcemanager.nodemanagers.heartbeat-interval-ms": 100,
    // A node that is killed counts as lost after this.
    "yarn.nm.liveness-monitor.expiry-interval-ms": 6000,
    "yarn.resourcemanager.nm.liveness-monitor.interval-ms": 500,
    "yarn.nodemanager.hostname": "127.0.0.1",
    "yarn.nodemanager.aux-services": "mapreduce_shuffle",
    "yarn.nodemanager.resource.memory-mb": 4096,
    "yarn.nodemanager.resource.cpu-vcores": 6,
    "yarn.nodemanager.vmem-check-enabled": false,
    // Sic: only so is a task ended that takes more memory than it has asked for.
    "yarn.nodemanager.resource.memory.enforced": false,
    "yarn.nodemanager.disk-health-checker.max-disk-utilization-per-disk-percentage": 99,
    // What a task wrote to standard error is there when a test has failed.
    "yarn.nodemanager.delete.debug-delay-sec": 600,
    "yarn.scheduler.minimum-allocation-mb": 128,
    // So that two jobs run at a time.
    "yarn.scheduler.capacity.maximum-am-resource-percent": 0.5,
    "yarn.scheduler.capacity.root.queues": "default",
    "yarn.scheduler.capacity.root.default.capacity": 100,
    "yarn.application.classpath": `${join(directory, "conf")}:${hadoopJars}/*`,
    "yarn.app.mapreduce.am.resource.mb": 512,
    "yarn.app.mapreduce.am.command-opts": `-Xmx320m ${lightJvm}`,
    "yarn.app.mapreduce.am.scheduler.heartbeat.interval-ms": 100,
    "mapreduce.application.classpath": `${hadoopJars}/*`,
    "mapreduce.framework.name": "yarn",
    "mapreduce.map.memory.mb": 512,
    "mapreduce.reduce.memory.mb": 512,
    "mapred.child.java.opts": `-Xmx128m ${lightJvm}`,
    "mapreduce.task.io.sort.mb": 16,
    "mapreduce.client.completion.pollinterval": 200,
    "mapreduce.client.progressmonitor.pollinterval": 200,
    // A reducer that cannot fetch from a node that is gone has the map run again after one try.
    "mapreduce.reduce.shuffle.maxfetchfailures": 2,
  };
}

/** What only one NodeManager is set to. */
export function nodeProperties(
  directory: string,
  [rpc, localizer, web, shuffle]: ClusterPorts["nodes"][number],
): Properties {
  return {
    "yarn.nodemanager.address": `127.0.0.1:${rpc}`,
    "yarn.nodemanager.localizer.address": `127.0.0.1:${localizer}`,
    "yarn.nodemanager.webapp.address": `127.0.0.1:${web}`,
    "mapreduce.shuffle.port": shuffle,
    "yarn.nodemanager.local-dirs": join(directory, "local"),
    "yarn.nodemanager.log-dirs": join(directory, "log"),
  };
}

/** Writes a configuration folder, as HADOOP_CONF_DIR names it. */
export function writeConfiguration(folder: string, properties: Properties): void {
  const lines = Object.entries(properties).map(
    ([name, value]) => `  <property><name>${name}</name><value>${value}</value></property>\n`,
  );
  const xml = `<configuration>\n${lines.join("")}</configuration>\n`;
  mkdirSync(folder, { recursive: true });
  // Each of them overrides what is only in core-site.xml by its defaults, so all four say the same.
  for (const name of ["core", "hdfs", "yarn", "mapred"]) {
    writeFileSync(join(folder, `${name}-site.xml`), xml);
  }
  // The scheduler reads its own file alone, and would find that of Hadoop's tests.
  writeFileSync(join(folder, "capacity-scheduler.xml"), xml);
  // Hadoop's client tells how a job goes through its log.
  writeFileSync(join(folder, "log4j.properties"), log4j);
}

const log4j = `log4j.rootLogger=INFO,console
log4j.appender.console=org.apache.log4j.ConsoleAppender
log4j.appender.console.target=System.err
log4j.appender.console.layout=org.apache.log4j.PatternLayout
log4j.appender.console.layout.ConversionPattern=%d{ISO8601} %p %c: %m%n
`;
