import { resolve } from "node:path";
import { Counters } from "../counters.ts";
import { expandHome } from "../s3/boto-config.ts";
import { sharedTransports } from "../s3/connect.ts";
import { localFiles } from "../files/local-files.ts";
import type { Files } from "../files/files.ts";
import { connectSide } from "./connect-side.ts";
import type { Io } from "./io.ts";
import type { SideValues } from "./options.ts";
import { s3Address } from "./s3-address.ts";

/** Files are read by 16 at a time, and written by few. */
const concurrency = 16;

/**
 * Opens a place for files for a piece of work: a directory, or `s3://BUCKET[/PREFIX]`, which is
 * reached as the options say.
 *
 * @param what What the files are, for errors, as in `the run`.
 */
export async function withFiles<T>(
  io: Io,
  place: string,
  side: Omit<SideValues, "bucket">,
  what: string,
  work: (files: Files) => Promise<T>,
): Promise<T> {
  if (!/^s3:/i.test(place)) {
    return work(localFiles(place, resolve(io.cwd, expandHome(place, io.home))));
  }
  const { bucket: name, prefix } = s3Address(place);
  const { bucketFiles } = await import("../files/bucket-files.ts");
  const bucket = await connectSide(
    io,
    { ...side, bucket: name },
    {
      concurrency,
      counters: new Counters(),
      transport: sharedTransports(),
      warned: new Set(),
      check: true,
    },
  );
  try {
    return await work(bucketFiles(bucket, prefix, what));
  } finally {
    await bucket.s3.close();
  }
}
