/**
 * The files of a run, where names have slashes for folders, as `results/000001.tsv.gz`: on a disk
 * (`local-files.ts`) or in a bucket (`bucket-files.ts`). What is written is whole or not there, and
 * safe when the promise resolves.
 */
export interface RunFiles {
  /** The place, as it was given. */
  readonly place: string;
  /** How long to gather what can be written with one file, in milliseconds. */
  readonly gatherMs: number;
  /** Gives undefined where there is no such file. */
  read(name: string): Promise<Buffer | undefined>;
  /** Writes a file, in place of the one that is there. */
  replace(name: string, bytes: Uint8Array): Promise<void>;
  /** Writes a file that is not there yet; gives false, and writes nothing, when there is one. */
  create(name: string, bytes: Uint8Array): Promise<boolean>;
  /** The names of the files and folders right in a folder, in order; none where it is not there. */
  list(folder: string): Promise<readonly string[]>;
  /** Removes files; one that is not there is removed. */
  remove(names: readonly string[]): Promise<void>;
  /** The files of a folder of this place, as a place of its own. */
  within(folder: string): RunFiles;
}
