import { createHash } from "node:crypto";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { UserError } from "../errors.ts";
import { type Codec, decodeKey } from "../record/codec.ts";
import { escapeColumn } from "../record/escape.ts";
import { decodeUrlEncoding } from "../s3/url-encoding.ts";
import { readRecords } from "../stream/lines.ts";
import type { Pages } from "../stream/pages.ts";
import { csvColumns } from "./csv-row.ts";
import type { InventoryFile, InventoryManifest } from "./manifest.ts";

/** A key alone, so that many can be sorted. */
export interface Keyed {
  readonly key: string;
}

/** A key, escaped, a line. */
export const keyedCodec: Codec<Keyed> = {
  decode: (line) => ({ key: decodeKey(line) }),
  encode: ({ key }) => escapeColumn(key),
};

/**
 * Reads the keys of an inventory report, in no order: those of objects, without old versions and
 * what is deleted. `open` gives a file's bytes. Throws a UserError when a file's bytes are not those
 * that the manifest tells by their MD5, at its end: nothing may rest on the keys before all have
 * come.
 */
export async function* inventoryKeys(
  { columns, files }: InventoryManifest,
  open: (file: InventoryFile) => AsyncIterable<Uint8Array>,
): Pages<Keyed> {
  const codec = rowCodec(columns);
  for (const file of files) {
    for await (const page of readRecords(
      { name: file.key, bytes: unpacked(file, open(file)) },
      codec,
    )) {
      const keys: Keyed[] = [];
      for (const row of page) if (row !== undefined) keys.push(row);
      if (keys.length > 0) yield keys;
    }
  }
}

function rowCodec(columns: readonly string[]): Codec<Keyed | undefined> {
  const key = columns.indexOf("Key");
  const isLatest = columns.indexOf("IsLatest");
  const isDeleteMarker = columns.indexOf("IsDeleteMarker");
  return {
    decode(line) {
      const row = csvColumns(line);
      if (row.length !== columns.length) {
        throw new SyntaxError(`it has ${row.length} columns, not ${columns.length}`);
      }
      if (row[isLatest] === "false" || row[isDeleteMarker] === "true") return undefined;
      return { key: decodeUrlEncoding(row[key]!) };
    },
    encode: (row) => (row === undefined ? "" : keyedCodec.encode(row)),
  };
}

/** Unpacks a file, and compares its MD5 when all of it has come. */
async function* unpacked(
  { key, md5 }: InventoryFile,
  bytes: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const digest = createHash("md5");
  const gunzip = createGunzip();
  let failure: { readonly error: unknown } | undefined;
  const piped = pipeline(async function* () {
    for await (const chunk of bytes) {
      digest.update(chunk);
      yield chunk;
    }
  }, gunzip).catch((error: unknown) => {
    failure ??= { error };
  });
  try {
    yield* gunzip as AsyncIterable<Uint8Array>;
  } catch (error) {
    // The pipeline fails by the same, or by what that comes of, and is to end first.
    failure ??= { error };
  } finally {
    gunzip.destroy();
  }
  await piped;
  if (failure !== undefined) {
    if (!isOfZlib(failure.error)) throw failure.error;
    throw damaged(key, "it is not in gzip's format, or damaged");
  }
  const found = digest.digest("hex");
  if (found !== md5.toLowerCase()) {
    throw damaged(key, `its MD5 is ${found}, and the manifest says ${md5}`);
  }
}

function isOfZlib(error: unknown): boolean {
  return error instanceof Error && "code" in error && String(error.code).startsWith("Z_");
}

function damaged(key: string, why: string): UserError {
  return new UserError("failed", `cannot read ${JSON.stringify(key)}: ${why}`);
}
