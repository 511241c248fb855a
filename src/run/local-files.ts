import { link, mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { UserError } from "../errors.ts";
import type { RunFiles } from "./run-files.ts";

/** Names of what is being written end so; a process that was killed may leave one. */
const unfinished = ".unfinished";

/** File systems that know no hard links say so by one of these. */
const withoutLinks = new Set(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK"]);

/** The files of a run on a disk. Throws a UserError for what the system refuses. */
export function localFiles(place: string, directory: string): RunFiles {
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
    create: (name, bytes) => told("write", name, create(pathOf(name), bytes)),
    list: (folder) => told("read", folder, list(pathOf(folder))),
    remove: async (names) => {
      await Promise.all(
        names.map((name) => told("remove", name, rm(pathOf(name), { force: true }))),
      );
    },
    within: (folder) => localFiles(`${place.replace(/\/+$/, "")}/${folder}`, pathOf(folder)),
  };
}

async function replace(path: string, bytes: Uint8Array): Promise<void> {
  await write(`${path}${unfinished}`, bytes);
  await rename(`${path}${unfinished}`, path);
  await syncDirectory(dirname(path));
}

/** A link, unlike a rename, does not take the place of a file that another process has just made. */
async function create(path: string, bytes: Uint8Array): Promise<boolean> {
  const whole = `${path}${unfinished}`;
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

async function list(path: string): Promise<readonly string[]> {
  const names = await unlessMissing(readdir(path), []);
  return names.filter((name) => !name.endsWith(unfinished)).sort();
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
  const { code = "" } = error as NodeJS.ErrnoException;
  const reason = code === "EACCES" || code === "EROFS" ? "denied" : "failed";
  return new UserError(
    reason,
    `cannot ${doing} ${JSON.stringify(path)}: ${whys[code] ?? error.message}`,
    { cause: error },
  );
}
