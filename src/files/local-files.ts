import { createWriteStream } from "node:fs";
import { link, mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Writable } from "node:stream";
import { finished } from "node:stream/promises";
import { UserError } from "../errors.ts";
import type { Files } from "./files.ts";

/**
 * What is being written has another name, which readers of a directory pass over, as Hadoop does. A process that was killed may leave
 * one.
 */
const unfinishedOf = (name: string): string => `.${name}.unfinished`;
const unfinishedName = /^\.(.+)\.unfinished$/s;

/** File systems that know no hard links say so by one of these. */
const withoutLinks = new Set(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK"]);

/** Files on a disk. */
export function localFiles(place: string, directory: string): Files {
  const pathOf = (name: string): string => join(directory, name);
  const told = async <T>(doing: string, name: string, work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      throw explained(error, doing, pathOf(name));
    }
  };
  return {
    place,
    gatherMs: 0,
    read: (name) => told("read", name, unlessMissing(readFile(pathOf(name)), undefined)),
    replace: (name, bytes) => told("write", name, replace(pathOf(name), bytes)),
    stream: async (name, fill) => {
      const path = pathOf(name);
      await told("write", name, mkdir(dirname(path), { recursive: true }));
      await stream(path, fill);
      await told("write", name, commit(path));
    },
    create: (name, bytes) => told("write", name, create(pathOf(name), bytes)),
    list: (folder, most) => told("read", folder, list(pathOf(folder), most)),
    remove: async (names) => {
      await Promise.all(
        names.map((name) => told("remove", name, rm(pathOf(name), { force: true }))),
      );
    },
    removeUnfinished: (isOurs) => told("remove", "", removeUnfinished(directory, isOurs)),
    within: (folder) => localFiles(`${place.replace(/\/+$/, "")}/${folder}`, pathOf(folder)),
  };
}

async function replace(path: string, bytes: Uint8Array): Promise<void> {
  await write(unfinishedPath(path), bytes);
  await commit(path);
}

/** Writes what is to become a file. */
async function stream(path: string, fill: (sink: Writable) => Promise<void>): Promise<void> {
  const sink = createWriteStream(unfinishedPath(path), { flush: true });
  const written = finished(sink);
  // Whoever writes meets the failure first.
  written.catch(() => {});
  try {
    await fill(sink);
    sink.end();
    await written;
  } catch (error) {
    const isOurs = error === sink.errored;
    sink.destroy();
    await rm(unfinishedPath(path), { force: true });
    throw isOurs ? explained(error, "write", path) : error;
  }
}

function unfinishedPath(path: string): string {
  return join(dirname(path), unfinishedOf(basename(path)));
}

/** Gives what was written its own name. */
async function commit(path: string): Promise<void> {
  await rename(unfinishedPath(path), path);
  await syncDirectory(dirname(path));
}

/** A link, unlike a rename, does not take the place of a file that another process has just made. */
async function create(path: string, bytes: Uint8Array): Promise<boolean> {
  const whole = unfinishedPath(path);
  await write(whole, bytes);
  try {
    await link(whole, path);
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") return false;
    if (!withoutLinks.has(code)) throw error;
    if (await isThere(path)) return false;
    await rename(whole, path);
  } finally {
    await rm(whole, { force: true });
  }
  await syncDirectory(dirname(path));
  return true;
}

async function write(path: string, bytes: Uint8Array): Promise<void> {
  const file = await openInFolder(path);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function openInFolder(path: string) {
  try {
    return await open(path, "w");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    await mkdir(dirname(path), { recursive: true });
    return await open(path, "w");
  }
}

/** Makes a name as safe as the bytes are. */
async function syncDirectory(path: string): Promise<void> {
  let directory;
  try {
    directory = await open(path, "r");
    await directory.sync();
  } catch (error) {
    // Windows has no such thing.
    if (process.platform !== "win32") throw error;
  } finally {
    await directory?.close();
  }
}

async function list(path: string, most?: number): Promise<readonly string[]> {
  const names = await unlessMissing(readdir(path), []);
  return names
    .filter((name) => !unfinishedName.test(name))
    .sort()
    .slice(0, most);
}

async function removeUnfinished(path: string, isOurs: (name: string) => boolean): Promise<void> {
  for (const name of await unlessMissing(readdir(path), [])) {
    const [, whole] = unfinishedName.exec(name) ?? [];
    if (whole !== undefined && isOurs(whole)) await rm(join(path, name), { force: true });
  }
}

async function isThere(path: string): Promise<boolean> {
  return unlessMissing(
    open(path, "r").then((file) => file.close().then(() => true)),
    false,
  );
}

async function unlessMissing<T, U>(work: Promise<T>, otherwise: U): Promise<T | U> {
  try {
    return await work;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return otherwise;
    throw error;
  }
}

const whys: Readonly<Record<string, string | undefined>> = {
  EACCES: "permission denied",
  EDQUOT: "the quota of the disk is used up",
  EEXIST: "there is a file of that name",
  EIO: "the device failed",
  ENOSPC: "no space is left on the device",
  ENOTDIR: "there is a file where a directory should be",
  EROFS: "the file system is read-only",
};

function explained(error: unknown, doing: string, path: string): unknown {
  if (!(error instanceof Error) || !("syscall" in error)) return error;
  const { code: said = "", syscall } = error as NodeJS.ErrnoException;
  // As mkdir tells of what has the name of the last directory; above it says ENOTDIR by itself.
  const code = syscall === "mkdir" && said === "EEXIST" ? "ENOTDIR" : said;
  const reason = code === "EACCES" || code === "EROFS" ? "denied" : "failed";
  return new UserError(
    reason,
    `cannot ${doing} ${JSON.stringify(path)}: ${whys[code] ?? error.message}`,
    { cause: error },
  );
}
