import type { Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { isDeepStrictEqual } from "node:util";
import { createGzip } from "node:zlib";
import { UserError } from "../errors.ts";
import type { Files } from "../files/files.ts";
import { compareKeys } from "../key.ts";
import type { KeyRange } from "../ranges/key-range.ts";
import { writeRecords } from "../stream/lines.ts";
import type { Pages } from "../stream/pages.ts";
import type { Listed, ListForm } from "./list-form.ts";
import type { ListedLines } from "./list-lines.ts";
import {
  type ListedPart,
  type PartManifest,
  readManifest,
  writeManifest,
} from "./part-manifest.ts";

/** A listing that goes into part files. */
export interface PartOutput {
  /** Where they go. It may hold nothing but an earlier run of the same listing. */
  readonly files: Files;
  readonly isPacked: boolean;
  readonly form: ListForm;
  /** What is listed, and how; a run that goes on where one was ended must have the same. */
  readonly listing: object;
  readonly startAfter?: string | undefined;
  readonly stopAt?: string | undefined;
  /** Keys that are listed for a part; 1,000,000 unless told otherwise: about 100 MB of lines, and a thousand requests to do again. */
  readonly keysPerPart?: number | undefined;
  /** Lists, in order, the keys of a range; what cannot be listed is told to `onMissing`. */
  readonly list: (
    range: Pick<KeyRange, "after" | "upTo">,
    onMissing: (range: KeyRange) => void,
  ) => AsyncGenerator<ListedLines, void>;
}

const defaultKeysPerPart = 1_000_000;

/** Names with a dot in front are passed over where a listing is to go: no more are looked at. */
const mostHidden = 100;

const partName = /^part-\d+(?:\.gz)?$/;

/** Lists pack well at any level, and the lowest takes a third of the time of zlib's own choice. */
const gzipLevel = 1;

/**
 * Lists into part files, in the order of keys, each of the next range of them. A part file is there
 * only when it is whole; the manifest tells which are. Where an earlier run was ended this one goes
 * on, and it lists anew the parts that something is missing of.
 *
 * @returns How many part files were written, and how many were there already.
 */
export async function listIntoParts(
  output: PartOutput,
): Promise<{ readonly written: number; readonly kept: number }> {
  const { files, startAfter, stopAt } = output;
  let manifest = await openPlace(output);
  let written = 0;
  const commit = async (parts: readonly ListedPart[], isDone: boolean): Promise<void> => {
    manifest = { ...manifest, parts, isDone };
    await writeManifest(files, manifest);
    written++;
  };
  const { parts: before } = manifest;
  for (const [index, part] of before.entries()) {
    if (part.missing === undefined) continue;
    for await (const { part: again } of writeParts(output, part, index, Number.POSITIVE_INFINITY)) {
      await commit(manifest.parts.with(index, again), manifest.isDone);
    }
  }
  if (!manifest.isDone) {
    const last = before.at(-1);
    const rest = { after: last === undefined ? startAfter : last.upTo, upTo: stopAt };
    const size = output.keysPerPart ?? defaultKeysPerPart;
    for await (const { part, isLast } of writeParts(output, rest, before.length, size)) {
      await commit([...manifest.parts, part], isLast);
    }
  }
  return { written, kept: before.filter(({ missing }) => missing === undefined).length };
}

/** Reads what is there, and removes what a run that was ended has left half done. */
async function openPlace({ files, listing }: PartOutput): Promise<PartManifest> {
  const found = await readManifest(files);
  // As it will be read again.
  const wanted: unknown = JSON.parse(JSON.stringify(listing));
  const where = `cannot list into ${JSON.stringify(files.place)}`;
  const kind = files.place.startsWith("s3://") ? "prefix" : "directory";
  if (found === undefined) {
    const names = await files.list("", mostHidden);
    if (names.length === mostHidden || names.some((name) => !name.startsWith("."))) {
      throw new UserError("usage", `${where}: it is not empty, and holds no listing`, {
        hint: `name a ${kind} that is not there yet`,
      });
    }
  } else if (!isDeepStrictEqual(found.listing, wanted)) {
    throw new UserError("usage", `${where}: it holds a listing with another address or options`, {
      hint: `name another ${kind}, or give the same options to go on; a time that was given as how long ago is another one now`,
    });
  }
  await files.removeUnfinished((name) => partName.test(name));
  return found ?? { listing: wanted, parts: [], isDone: false };
}

/** Lists a range into part files, and gives each when it is whole. */
async function* writeParts(
  { files, isPacked, form, list }: PartOutput,
  range: Pick<KeyRange, "after" | "upTo">,
  firstNumber: number,
  keysPerPart: number,
): AsyncGenerator<{ readonly part: ListedPart; readonly isLast: boolean }, void> {
  let missing: KeyRange[] = [];
  const pages = list(range, (one) => missing.push(one));
  let { after } = range;
  try {
    for (let number = firstNumber; ; number++) {
      const taking = { keys: 0, lines: 0, lastKey: after, isLast: false };
      const file = `part-${String(number).padStart(5, "0")}${isPacked ? ".gz" : ""}`;
      const lines = take(pages, keysPerPart, taking);
      await files.stream(file, (sink) =>
        isPacked ? writePacked(sink, lines, form) : writeRecords(sink, lines, form),
      );
      const { isLast } = taking;
      const upTo = isLast ? range.upTo : taking.lastKey;
      // One that is missing lies between two keys that came, so all of it is in one part.
      const isHere = (one: KeyRange): boolean =>
        one.after === undefined || upTo === undefined || compareKeys(one.after, upTo) < 0;
      const here = missing.filter(isHere);
      missing = missing.filter((one) => !isHere(one));
      const part = {
        file,
        after,
        upTo,
        lines: taking.lines,
        missing: here.length > 0 ? here : undefined,
      };
      yield { part, isLast };
      if (isLast) return;
      after = upTo;
    }
  } finally {
    await pages.return();
  }
}

/** Takes pages of a listing until they are enough keys, and notes what was taken. */
async function* take(
  pages: AsyncGenerator<ListedLines, void>,
  keysPerPart: number,
  taking: { keys: number; lines: number; lastKey: string | undefined; isLast: boolean },
): Pages<Listed> {
  while (taking.keys < keysPerPart) {
    const next = await pages.next();
    if (next.done === true) {
      taking.isLast = true;
      return;
    }
    const { lines, listed, lastKey } = next.value;
    taking.keys += listed;
    taking.lines += lines.length;
    taking.lastKey = lastKey;
    yield lines;
  }
}

async function writePacked(sink: Writable, lines: Pages<Listed>, form: ListForm): Promise<void> {
  const gzip = createGzip({ level: gzipLevel });
  const written = pipeline(gzip, sink);
  // Whoever writes meets the failure first.
  written.catch(() => {});
  try {
    await writeRecords(gzip, lines, form);
    gzip.end();
    await written;
  } catch (error) {
    // Where the sink failed, gzip knows only that it is not read any more.
    const cause = sink.errored ?? error;
    gzip.destroy();
    throw cause;
  }
}
