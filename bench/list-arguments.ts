import type { PeerName } from "./peers.ts";

/** How a bucket is listed. */
export interface HowToList {
  /** Who lists it; left out, we. Peers list in the order of keys, one page after another. */
  readonly peer?: PeerName | undefined;
  /** How many requests at a time; 0 or left out for as many as pay. */
  readonly concurrency?: number | undefined;
  readonly ordered?: boolean | undefined;
}

/** What a client is told to list a whole bucket, one key a line. */
export function listArguments(
  bucket: string,
  { peer, concurrency = 0, ordered = true }: HowToList,
): readonly string[] {
  switch (peer) {
    case "s5cmd":
      return ["ls", `s3://${bucket}/*`];
    case "rclone":
      // Folder by folder it would ask more, and without --use-server-modtime a HEAD for each key.
      return ["lsf", "-R", "--files-only", "--fast-list", "--use-server-modtime", `a:${bucket}`];
    case "aws":
      return ["s3", "ls", "--recursive", `s3://${bucket}`];
    case undefined:
  }
  const options = [
    ...(concurrency === 0 ? [] : ["--concurrency", String(concurrency)]),
    ...(ordered ? [] : ["--unordered"]),
  ];
  return ["ls", "--quiet", ...options, `s3://${bucket}`];
}
