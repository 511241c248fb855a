import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { UserError } from "../errors.ts";
import type { Codec } from "../record/codec.ts";
import { readRecords } from "./lines.ts";
import type { Pages } from "./pages.ts";

/**
 * Reads a list: a file, a directory of files one after the other by name, or `-` for standard
 * input. As Hadoop does, files of a directory whose names begin with `_` or `.` are passed over.
 * What ends in `.gz` is unpacked. Throws a UserError that names the file when it cannot be read.
 */
export async function* readLists<T>(
  { stdin }: { readonly stdin: AsyncIterable<Uint8Array> },
  name: string,
  codec: Codec<T>,
): Pages<T> {
  if (name === "-") {
    yield* readRecords({ name: "standard input", bytes: stdin }, codec);
    return;
  }
  for (const file of await filesOf(name)) {
    yield* readRecords({ name: file, bytes: bytesOf(file) }, codec);
  }
}

async function filesOf(name: string): Promise<readonly string[]> {
  try {
    if (!(await stat(name)).isDirectory()) return [name];
    const names = (await readdir(name)).filter((file) => !/^[_.]/.test(file));
    return names.sort().map((file) => join(name, file));
  } catch (error) {
    throw cannotRead(name, error);
  }
}

async function* bytesOf(file: string): AsyncGenerator<Uint8Array> {
  const stream = createReadStream(file);
  try {
    if (!file.endsWith(".gz")) {
      yield* stream;
      return;
    }
    const unpacked = createGunzip();
    // Its failure is met by who reads.
    const piped = pipeline(stream, unpacked).catch(() => {});
    yield* unpacked;
    await piped;
  } catch (error) {
    throw cannotRead(file, error);
  }
}

/** Says of a file that cannot be read why. */
export function cannotRead(name: string, error: unknown): UserError {
  const { code } = error as NodeJS.ErrnoException;
  if (code === "ENOENT")
    return new UserError("missing", `cannot read ${JSON.stringify(name)}: it is not there`);
  const denied = code === "EACCES" || code === "EPERM";
  const said = error instanceof Error ? error.message : String(error);
  const why = denied ? "permission denied" : (zlibWhys[code ?? ""] ?? said);
  return new UserError(
    denied ? "denied" : "failed",
    `cannot read ${JSON.stringify(name)}: ${why}`,
    { cause: error },
  );
}

const zlibWhys: Readonly<Record<string, string | undefined>> = {
  Z_DATA_ERROR: "it is not in gzip's format, or damaged",
  Z_BUF_ERROR: "it is cut short",
};
