import { resolve } from "node:path";
import { Counters } from "../counters.ts";
import { expandHome } from "../s3/boto-config.ts";
import { sharedTransports } from "../s3/connect.ts";
import { localFiles } from "../run/local-files.ts";
import type { RunFiles } from "../run/run-files.ts";
import { connectSide } from "./connect-side.ts";
import type { Io } from "./io.ts";
import type { SideValues } from "./options.ts";
import { s3Address } from "./s3-address.ts";

/** Files of a run are read by 16, and written by few. */
const concurrency = 16;

/**
 * Opens the place of a run for a piece of work: a directory, or `s3://BUCKET[/PREFIX]`, which is
 * reached as the options say.
 */
export async function withRunFiles<T>(
  io: Io,
  place: string,
  side: Omit<SideValues, "bucket">,
  work: (files: RunFiles) => Promise<T>,
): Promise<T> {
  if (!place.startsWith("s3://")) {
    return work(localFiles(place, resolve(io.cwd, expandHome(place, io.home))));
  }
  const { bucket: name, prefix } = s3Address(place);
  const { bucketFiles } = await import("../run/bucket-files.ts");
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
    return await work(bucketFiles(bucket, prefix));
  } finally {
    await bucket.s3.close();
  }
}
