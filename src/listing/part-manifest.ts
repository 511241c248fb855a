import { open, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../errors.ts";
import type { KeyRange } from "../ranges/key-range.ts";

/** A part file that is whole: it has what was wanted of the keys behind `after` up to `upTo`. */
export interface ListedPart extends Pick<KeyRange, "after" | "upTo"> {
  /** Its name in the directory. */
  readonly file: string;
  /** How many lines it has. */
  readonly lines: number;
  /** Ranges of it that could not be listed. */
  readonly missing?: readonly KeyRange[] | undefined;
}

/** What a directory of part files holds. */
export interface PartManifest {
  /** What was listed, and how: another listing has another. */
  readonly listing: unknown;
  /** In the order of keys; each begins where the one before it ends. */
  readonly parts: readonly ListedPart[];
  /** Whether the parts reach to the end. */
  readonly isDone: boolean;
}

/** Readers of a directory of part files pass over names that begin so, as Hadoop does. */
const fileName = "_manifest.json";

/** Reads the manifest of a directory; undefined where there is none. Throws a UserError for another file of its name. */
export async function readManifest(directory: string): Promise<PartManifest | undefined> {
  const path = join(directory, fileName);
  let text;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  try {
    const manifest = JSON.parse(text) as PartManifest;
    if (Array.isArray(manifest.parts)) return manifest;
  } catch {
    // Told below.
  }
  throw new UserError(
    "usage",
    `cannot read ${JSON.stringify(path)}: it is no manifest of a listing`,
  );
}

/** Writes it in one step: whoever reads sees the one before or this. */
export async function writeManifest(directory: string, manifest: PartManifest): Promise<void> {
  const path = join(directory, fileName);
  const unfinished = join(directory, `.${fileName}.unfinished`);
  const file = await open(unfinished, "w");
  try {
    await file.writeFile(`${JSON.stringify(manifest, undefined, 1)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(unfinished, path);
}
