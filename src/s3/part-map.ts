import type { CallOptions, S3Bucket } from "./client.ts";
import { S3Error } from "./error.ts";
import { headObject, type ObjectRead } from "./head-object.ts";
import type { ObjectHead } from "./object-head.ts";

/**
 * Limits of S3: parts of an upload, and the bytes of one PUT, CopyObject or part (AWS: "Amazon S3
 * multipart upload limits").
 */
export const maxParts = 10_000;
export const maxPartBytes = 5 * 2 ** 30;

const cliPartBytes = 8 * 2 ** 20;

/** Lengths of parts, and how many there are: an array, or what ten thousand equal ones need no array for. */
export interface PartLengths extends Iterable<number> {
  readonly length: number;
}

/** How a multipart object is cut, as far as it can be found out. */
export interface PartMap {
  /** The parts' lengths in bytes. */
  readonly lengths: PartLengths;
  /** True when S3 gave the lengths; false for a guess, which only the ETag of a copy can prove. */
  readonly known: boolean;
}

/**
 * Finds how a multipart object is cut, and its head on the way: by HEAD with a part number, where a
 * server answers that, else by the rule of the AWS CLI. One HEAD for one or two parts, two for
 * more: equal parts of the first one's size must leave the last one what it has. `exact` asks for
 * every part, for an upload of uneven parts in which that adds up all the same.
 */
export async function findPartMap(
  bucket: S3Bucket,
  key: string,
  object: {
    readonly size: number;
    readonly parts: number;
    readonly read: ObjectRead;
    readonly exact: boolean;
  },
  options: CallOptions,
): Promise<{ readonly head: ObjectHead; readonly map: PartMap | undefined }> {
  const { size, parts, exact } = object;
  const { first, whole = first, read } = await headFirst(bucket, key, object.read, options);
  // Without the count the server took no notice of the part number, and this is the head of the
  // whole object.
  if (first.partsCount === undefined) return { head: whole, map: guess(size, parts) };
  if (first.partsCount !== parts) return { head: whole, map: undefined };

  const lengthOf = async (part: number): Promise<number> =>
    (await headObject(bucket, key, { ...read, partNumber: part }, options)).size;
  const last = size - first.size * (parts - 1);
  const mayBeEqual = !exact && last > 0 && last <= first.size;
  const lastFound = parts > 2 && mayBeEqual ? await lengthOf(parts) : undefined;
  if (parts < 3 || lastFound === last) {
    return { head: whole, map: known(size, new EqualLengths(size, parts, first.size)) };
  }
  const lengths = [first.size];
  for (let part = 2; part < parts; part++) lengths.push(await lengthOf(part));
  lengths.push(lastFound ?? (await lengthOf(parts)));
  return { head: whole, map: known(size, lengths) };
}

/**
 * Asks for the head of the first part. moto compares If-Match with the part's own ETag and leaves
 * the object's metadata out; so when the condition fails the whole object is asked, which tells
 * whether it has changed, and then its parts without the condition: if they are another's, the ETag
 * of the copy will show it.
 */
async function headFirst(
  bucket: S3Bucket,
  key: string,
  read: ObjectRead,
  options: CallOptions,
): Promise<{ readonly first: ObjectHead; readonly whole?: ObjectHead; readonly read: ObjectRead }> {
  try {
    return { first: await headObject(bucket, key, { ...read, partNumber: 1 }, options), read };
  } catch (error) {
    if (!(error instanceof S3Error && error.code === "PreconditionFailed")) throw error;
  }
  const whole = await headObject(bucket, key, read, options);
  const unpinned = { ...read, ifMatch: undefined };
  const first = await headObject(bucket, key, { ...unpinned, partNumber: 1 }, options);
  return { first, whole, read: unpinned };
}

/**
 * The part size of the AWS CLI and boto3 for an object of `size` bytes: 8 MiB, doubled until 10,000
 * parts are enough (s3transfer ChunksizeAdjuster).
 */
export function cliPartSize(size: number): number {
  let bytes = cliPartBytes;
  while (Math.ceil(size / bytes) > maxParts) bytes *= 2;
  return Math.min(bytes, maxPartBytes);
}

/**
 * Cuts an object into equal parts of `bytes`, the last one smaller; an empty object is one empty
 * part.
 */
export function equalParts(size: number, bytes: number): PartLengths {
  return new EqualLengths(size, Math.max(1, Math.ceil(size / bytes)), bytes);
}

function guess(size: number, parts: number): PartMap | undefined {
  // Whatever wrote it, a single part is the object.
  if (parts === 1) return { lengths: [size], known: true };
  const lengths = equalParts(size, cliPartSize(size));
  return lengths.length === parts ? { lengths, known: false } : undefined;
}

function known(size: number, lengths: PartLengths): PartMap | undefined {
  let sum = 0;
  for (const length of lengths) {
    if (length < 0) return undefined;
    sum += length;
  }
  return sum === size ? { lengths, known: true } : undefined;
}

/** So many parts of so many bytes, the last with what is left of the object. */
class EqualLengths implements PartLengths {
  readonly length: number;
  readonly #size: number;
  readonly #bytes: number;

  constructor(size: number, length: number, bytes: number) {
    this.#size = size;
    this.length = length;
    this.#bytes = bytes;
  }

  *[Symbol.iterator](): Generator<number, void> {
    for (let part = 1; part < this.length; part++) yield this.#bytes;
    yield this.#size - this.#bytes * (this.length - 1);
  }
}
