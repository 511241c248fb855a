import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";

/** Files by their path below a directory, with `/` between its parts. */
export type FileTree = ReadonlyMap<string, Buffer>;

/**
 * A little tree to copy: names that have broken other tools, a file without bytes, and a large one
 * that is uploaded in parts.
 */
export function sampleTree(): FileTree {
  const names = [
    "plain.txt",
    "deep/er/still/file.json",
    "a b+c%20&d=e?f#g.txt",
    "100%",
    "quotes ' and \".txt",
    "~!*()@,;:$[]{}^`|<>.txt",
    "back\\slash",
    "Grüße/😀 \uffee.html",
    " spaces around ",
    ".hidden/.file",
  ];
  return new Map([
    ...names.map((name) => [name, seededBytes(name, 1000)] as const),
    ["empty", Buffer.alloc(0)],
    ["large.bin", seededBytes("large", 20 * 2 ** 20)],
  ]);
}

/** Makes the files below a directory, which need not be there. */
export async function writeTree(directory: string, tree: FileTree): Promise<void> {
  for (const [path, body] of tree) {
    const file = join(directory, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, body);
  }
}

/** All files below a directory, by path. */
export async function readTree(directory: string): Promise<FileTree> {
  const tree = new Map<string, Buffer>();
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    tree.set(relative(directory, file), await readFile(file));
  }
  return tree;
}

/** What a tree has, to be compared: a line a file, in order, with its path, size and MD5. */
export function describeTree(tree: FileTree): string[] {
  return [...tree]
    .map(([path, body]) => `${JSON.stringify(path)} ${body.length} ${md5(body)}`)
    .sort();
}

/** Bytes that look random and are the same for the same seed, at most 64 MiB. */
export function seededBytes(seed: string, length: number): Buffer {
  return createHash("shake256", { outputLength: length }).update(seed).digest();
}

function md5(body: Buffer): string {
  return createHash("md5").update(body).digest("hex");
}
