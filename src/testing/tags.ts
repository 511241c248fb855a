import { Refusal } from "./errors.ts";
import { childText, parseXml } from "./xml.ts";
import type { XmlElement } from "./xml.ts";

/** An object's or a bucket's tag. */
export interface Tag {
  readonly key: string;
  readonly value: string;
}

/** Tags an object may have; a bucket may have 50. */
export const maxObjectTags = 10;
export const maxBucketTags = 50;

const maxKeyLength = 128;
const maxValueLength = 256;

/** Reads the `x-amz-tagging` header: tags written as a URL query. */
export function parseTagHeader(header: string | undefined): readonly Tag[] {
  if (header === undefined || header === "") return [];
  let tags: Tag[];
  try {
    tags = header.split("&").map((pair) => {
      const [key, ...value] = pair.split("=");
      return { key: decode(key ?? ""), value: decode(value.join("=")) };
    });
  } catch {
    throw new Refusal("InvalidArgument", {
      message:
        "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag " +
        "name duplicates.",
      details: { ArgumentName: "x-amz-tagging", ArgumentValue: header },
    });
  }
  return checkTags(tags, maxObjectTags);
}

/** Reads the document of PutObjectTagging and PutBucketTagging. */
export function parseTagging(body: Uint8Array, maxTags: number): readonly Tag[] {
  const sets = parseXml(body, "Tagging").children["TagSet"];
  if (sets === undefined) throw new Refusal("MalformedXML");
  const tags = (sets[0]?.children["Tag"] ?? []).map((tag) => {
    const key = childText(tag, "Key");
    const value = childText(tag, "Value");
    if (key === undefined || value === undefined) throw new Refusal("MalformedXML");
    return { key, value };
  });
  return checkTags(tags, maxTags);
}

/** The document that GetObjectTagging and GetBucketTagging answer with. */
export function taggingXml(tags: readonly Tag[]): XmlElement {
  return { TagSet: { Tag: tags.map(({ key, value }) => ({ Key: key, Value: value })) } };
}

function checkTags(tags: readonly Tag[], maxTags: number): readonly Tag[] {
  if (tags.length > maxTags) {
    throw new Refusal("BadRequest", { message: `Object tags cannot be greater than ${maxTags}` });
  }
  const keys = new Set<string>();
  for (const { key, value } of tags) {
    if (key === "" || key.length > maxKeyLength) {
      throw new Refusal("InvalidTag", { message: "The TagKey you have provided is invalid" });
    }
    if (value.length > maxValueLength) {
      throw new Refusal("InvalidTag", { message: "The TagValue you have provided is invalid" });
    }
    if (keys.has(key)) {
      throw new Refusal("InvalidTag", {
        message: "Cannot provide multiple Tags with the same key",
      });
    }
    keys.add(key);
  }
  return tags;
}

function decode(text: string): string {
  return decodeURIComponent(text.replaceAll("+", " "));
}
