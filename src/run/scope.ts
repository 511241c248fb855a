import { rangeLineCodec } from "../ranges/range-line.ts";
import type { Files } from "../files/files.ts";
import type { KeySpan } from "./settled-keys.ts";

/** Where it stands which keys a run is about, as range lines; without it, all of its prefix. */
export const scopeFile = "scope.tsv";

/** Writes the ranges that a run is about. */
export async function writeScope(files: Files, spans: readonly KeySpan[]): Promise<void> {
  const lines = spans.map((span) => `${rangeLineCodec.encode(span)}\n`).join("");
  await files.replace(scopeFile, Buffer.from(lines));
}

/** Reads them, in order: all keys, where nothing is written. */
export async function readScope(files: Files): Promise<readonly KeySpan[]> {
  const bytes = await files.read(scopeFile);
  if (bytes === undefined) return [{}];
  const lines = bytes.toString().split("\n");
  return lines.filter((line) => line !== "").map((line) => rangeLineCodec.decode(line));
}
