import { XMLParser, XMLValidator } from "fast-xml-parser";
import { UnexpectedReplyError } from "./unexpected-reply.ts";
import { decodeEntities } from "./xml-entities.ts";

/**
 * An element of a small reply: its children by name, and its text as it was sent, never trimmed or
 * taken for a number.
 */
export interface XmlElement {
  /**
   * The text of the first child of this name; an empty string for an empty one, undefined when
   * there is none.
   */
  text(name: string): string | undefined;
  /** The first child of this name. */
  child(name: string): XmlElement | undefined;
  /** All children of this name, in their order. */
  children(name: string): readonly XmlElement[];
  /** The texts of all children of this name, in their order. */
  texts(name: string): readonly string[];
}

const maxDocumentBytes = 16 * 1024 * 1024;

// Entities are left to decodeEntities: the parser would drop references to control characters and
// stop at a thousand.
const parser = new XMLParser({
  ignoreAttributes: true,
  ignoreDeclaration: true,
  ignorePiTags: true,
  parseTagValue: false,
  trimValues: false,
  processEntities: false,
});

/**
 * Parses a small reply, whole, and gives its root, which must have this name, or one of these.
 * White space before the document is left out: S3 sends it while a long operation runs. Throws an
 * UnexpectedReplyError for a malformed document, another root, a DOCTYPE or CDATA.
 */
export function parseXml(bytes: Buffer, ...rootNames: readonly string[]): XmlElement {
  const [rootName = ""] = rootNames;
  if (bytes.length > maxDocumentBytes) {
    throw new UnexpectedReplyError(`${rootName}: the reply has ${bytes.length} bytes`);
  }
  const text = bytes.toString("utf8").trim();
  if (text.includes("<!DOCTYPE") || text.includes("<![")) {
    throw new UnexpectedReplyError(`${rootName}: the reply has a DOCTYPE or CDATA`);
  }
  const validity = XMLValidator.validate(text);
  if (validity !== true) {
    throw new UnexpectedReplyError(`${rootName}: the reply is not XML: ${validity.err.msg}`);
  }
  const document = parse(text, rootName);
  const names = Object.keys(document).filter((name) => name !== "#text");
  const [found = ""] = names;
  const root = document[found];
  if (
    names.length !== 1 ||
    !rootNames.includes(found) ||
    root === undefined ||
    Array.isArray(root)
  ) {
    throw new UnexpectedReplyError(`${rootName}: the reply is a document of ${names.join(", ")}`);
  }
  return elementOf(root, rootName);
}

/**
 * What the parser makes of an element: its text, or its children by name; of several of one name an
 * array.
 */
type Node = string | NodeMap;
interface NodeMap {
  readonly [name: string]: Node | readonly Node[];
}

function parse(text: string, rootName: string): NodeMap {
  try {
    return parser.parse(text) as NodeMap;
  } catch (error) {
    throw new UnexpectedReplyError(`${rootName}: the reply is not XML: ${String(error)}`);
  }
}

function elementOf(node: Node | readonly Node[], rootName: string): XmlElement {
  const named = (name: string): readonly Node[] => {
    if (typeof node === "string" || !Object.hasOwn(node, name)) return [];
    const found = (node as NodeMap)[name]!;
    return Array.isArray(found) ? (found as readonly Node[]) : [found as Node];
  };
  return {
    text: (name) => {
      const first = named(name)[0];
      return first === undefined ? undefined : textOf(first, rootName);
    },
    child: (name) => {
      const first = named(name)[0];
      return first === undefined ? undefined : elementOf(first, rootName);
    },
    children: (name) => named(name).map((each) => elementOf(each, rootName)),
    texts: (name) => named(name).map((each) => textOf(each, rootName)),
  };
}

function textOf(node: Node, rootName: string): string {
  const text = typeof node === "string" ? node : node["#text"];
  try {
    return typeof text === "string" ? decodeEntities(text) : "";
  } catch (error) {
    throw new UnexpectedReplyError(`${rootName}: ${String(error)}`);
  }
}
