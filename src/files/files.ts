import type { Writable } from "node:stream";

/**
 * A place for files, whose names have slashes for folders, as `results/000001.tsv.gz`: on a disk
 * (`local-files.ts`) or in a bucket (`bucket-files.ts`). What is written is whole or not there, and
 * safe when the promise resolves. Throws a UserError for what the system or the bucket refuses.
 */
export interface Files {
  /** The place, as it was given. */
  readonly place: string;
  /** How long to gather what can be written with one file, in milliseconds. */
  readonly gatherMs: number;
  /** Gives undefined where there is no such file. */
  read(name: string): Promise<Buffer | undefined>;
  /** Writes a file, in place of the one that is there. */
  replace(name: string, bytes: Uint8Array): Promise<void>;
  /** The same for one that need not fit into memory: it is what `fill` writes; nothing is there when that throws. */
  stream(name: string, fill: (sink: Writable) => Promise<void>): Promise<void>;
  /** Writes a file that is not there yet; gives false, and writes nothing, when there is one. */
  create(name: string, bytes: Uint8Array): Promise<boolean>;
  /** The names of the files and folders right in a folder, in order, at most so many; none where it is not there. */
  list(folder: string, most?: number): Promise<readonly string[]>;
  /** Removes files; one that is not there is removed. */
  remove(names: readonly string[]): Promise<void>;
  /**
   * Removes what is left of files right in this place that somebody began to write and was killed. Nobody may be writing those that
   * `isOurs` names.
   */
  removeUnfinished(isOurs: (name: string) => boolean): Promise<void>;
  /** The files of a folder of this place, as a place of its own. */
  within(folder: string): Files;
}
