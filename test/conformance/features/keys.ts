import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from "@aws-sdk/client-s3";

import { type Probes, type Site, succeeds } from "./probe.ts";

/** Keys that are no good as names of files. */
export const keyProbes: Probes<
  "keyBesideFolder" | "slashKeys" | "longKeySegments" | "controlCharacters"
> = {
  keyBesideFolder: (site) => keepsKeys(site, ["a", "a/", "a/b"]),
  slashKeys: (site) => keepsKeys(site, ["/a", "a/../b", "a/./b", "a///", "a//b"]),
  longKeySegments: (site) => keepsKeys(site, ["k".repeat(1024)]),
  controlCharacters: (site) => keepsKeys(site, ["\u0001\u001f", "\ta", "a\nb", "a\r\nb", "\u007f"]),
};

/** Whether the server takes these keys, given in their order, lists them and gives each its own object. */
async function keepsKeys({ s3, Bucket }: Site, keys: readonly string[]): Promise<boolean> {
  for (const Key of keys) {
    if (!(await succeeds(s3.send(new PutObjectCommand({ Bucket, Key, Body: Key }))))) return false;
  }
  for (const Key of keys) {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
    if ((await Body?.transformToString()) !== Key) return false;
  }
  const { Contents = [] } = await s3.send(
    new ListObjectsV2Command({ Bucket, EncodingType: "url" }),
  );
  const listed = Contents.map(({ Key = "" }) => decodeURIComponent(Key.replaceAll("+", " ")));
  return listed.length === keys.length && keys.every((key, index) => listed[index] === key);
}
