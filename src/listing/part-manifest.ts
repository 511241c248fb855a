import { UserError } from "../errors.ts";
import type { Files } from "../files/files.ts";
import type { KeyRange } from "../ranges/key-range.ts";

/** A part file that is whole: it has what was wanted of the keys behind `after` up to `upTo`. */
export interface ListedPart extends Pick<KeyRange, "after" | "upTo"> {
  /** Its name in the place. */
  readonly file: string;
  /** How many lines it has. */
  readonly lines: number;
  /** Ranges of it that could not be listed. */
  readonly missing?: readonly KeyRange[] | undefined;
}

/** What a place of part files holds. */
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

/** Reads the manifest of a place; undefined where there is none. Throws a UserError for another file of its name. */
export async function readManifest(files: Files): Promise<PartManifest | undefined> {
  const text = await files.read(fileName);
  if (text === undefined) return undefined;
  try {
    const manifest = JSON.parse(text.toString()) as PartManifest;
    if (Array.isArray(manifest.parts)) return manifest;
  } catch {
    // Told below.
  }
  const path = `${files.place.replace(/\/+$/, "")}/${fileName}`;
  throw new UserError(
    "usage",
    `cannot read ${JSON.stringify(path)}: it is no manifest of a listing`,
  );
}

/** Writes it in one step: whoever reads sees the one before or this. */
export async function writeManifest(files: Files, manifest: PartManifest): Promise<void> {
  await files.replace(fileName, Buffer.from(`${JSON.stringify(manifest, undefined, 1)}\n`));
}
