import { percentEncode } from "../../src/s3/percent-encode.ts";
import { encodeEntities } from "../../src/s3/xml-entities.ts";
import { randomKey } from "./random.ts";

const time = "2026-11-24T17:32:03.000Z";

/** The reply to a ListObjectsV2 that has these elements. */
export function list(...children: readonly string[]): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${children.join("")}</ListBucketResult>`;
}

/** A list in which mostly, but not always, an object is written as the one before it. */
export function randomList(random: () => number): string {
  const chance = (of: number): boolean => random() < of;
  const pick = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)]!;
  const isEncoded = chance(0.7);
  const isTidy = chance(0.5);
  const space = (): string =>
    isTidy || chance(0.7) ? "" : pick(["\n  ", " ", "\t", "<!-- x -->"]);
  const element = (name: string, text: string): string => {
    if (text === "" && chance(0.5)) return pick([`<${name}/>`, `<${name} />`]);
    const attribute = isTidy || chance(0.9) ? "" : pick([` a="1"`, ` a='>'`, ` `]);
    return `${space()}<${name}${attribute}>${text}</${name}${isTidy || chance(0.95) ? "" : " "}>${space()}`;
  };
  const keyText = (key: string): string =>
    isEncoded
      ? percentEncode(key)
          .replaceAll("%2F", pick(["/", "%2F"]))
          .replaceAll("%20", pick(["+", "%20"]))
      : encodeEntities(key);
  const quote = pick(["&quot;", "&#34;", '"', ""]);
  const shuffled = <T>(items: T[]): T[] => (isTidy ? items : items.sort(() => random() - 0.5));
  const digest = (): string =>
    Array.from({ length: 32 }, () => Math.floor(random() * 16).toString(16)).join("") +
    (chance(0.3) ? `-${Math.ceil(10 ** (random() * 6))}` : "");

  const objects = Array.from({ length: Math.floor(random() * 12) }, () =>
    element(
      "Contents",
      shuffled([
        element("Key", keyText(randomKey(random))),
        element("LastModified", chance(0.9) ? time : "2026-11-24T17:32:03Z"),
        element("ETag", `${quote}${chance(0.95) ? digest() : "odd &amp; \\\t\n&#0;"}${quote}`),
        element("Size", (chance(0.9) ? "" : "00") + Math.floor(10 ** (random() * 13) - 1)),
        chance(0.2)
          ? ""
          : element(
              "StorageClass",
              chance(0.8) ? "STANDARD" : pick(["GLACIER", "STANDARD_IA", ""]),
            ),
        chance(0.6) ? "" : element("ChecksumAlgorithm", pick(["CRC32", "SHA1", "CRC64NVME"])),
        chance(0.6) ? "" : element("ChecksumType", pick(["COMPOSITE", "FULL_OBJECT"])),
        chance(0.8) ? "" : element("Owner", element("ID", "1") + element("Key", "not this")),
        chance(0.8)
          ? ""
          : element(
              "RestoreStatus",
              element("IsRestoreInProgress", pick(["true", "false"])) +
                (chance(0.5) ? "" : element("RestoreExpiryDate", time)),
            ),
      ]).join(""),
    ),
  );
  const isTruncated = chance(0.5);
  const prefixes = Array.from({ length: Math.floor(random() * 4) }, () =>
    element("CommonPrefixes", element("Prefix", keyText(randomKey(random)))),
  );
  return list(
    ...shuffled([
      ...objects,
      ...prefixes,
      element("IsTruncated", String(isTruncated)),
      isTruncated ? element("NextContinuationToken", "a/b=") : "",
      isEncoded ? element("EncodingType", "url") : "",
      element("Prefix", ""),
      element("KeyCount", "7"),
    ]),
  );
}
