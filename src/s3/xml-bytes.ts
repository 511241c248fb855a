import { UnexpectedReplyError } from "./unexpected-reply.ts";

/** A place in the bytes of a document: from `begin` up to, not including, `end`. */
export interface Span {
  readonly begin: number;
  readonly end: number;
}

/** An opening tag, and the place behind it. */
export interface OpenTag {
  readonly name: string;
  /** Whether it closes itself, as `<Owner/>`. */
  readonly isEmpty: boolean;
  readonly end: number;
}

/** An element's text, still escaped, and the place behind its closing tag. */
export interface ElementText extends Span {
  readonly after: number;
}

// S3's list replies are four levels deep.
const maxDepth = 16;

const lt = 0x3c;
const gt = 0x3e;
const slash = 0x2f;
const bang = 0x21;
const question = 0x3f;
const dash = 0x2d;

/** The error for a reply that is not a whole, well-formed document of the kind that was asked for. */
export function malformed(what: string): UnexpectedReplyError {
  return new UnexpectedReplyError(`the document that came is not whole: ${what}`);
}

/** Whether these bytes stand here. */
export function matches(bytes: Buffer, at: number, expected: Uint8Array): boolean {
  for (let i = 0; i < expected.length; i++) {
    if (bytes[at + i] !== expected[i]) return false;
  }
  return true;
}

/** Goes to the next `<`. Only white space may stand before it. */
export function skipSpace(bytes: Buffer, from: number): number {
  let at = from;
  while (isSpace(bytes[at])) at++;
  if (bytes[at] === lt) return at;
  throw malformed(at < bytes.length ? `text stands at byte ${at}` : "it ends too early");
}

/** Goes over a byte order mark, a declaration and comments to the root, which must have this name. */
export function prolog(bytes: Buffer, rootName: string): OpenTag {
  let at = skipSpace(bytes, bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0);
  while (isMarkup(bytes, at)) at = skipSpace(bytes, skipMarkup(bytes, at));
  const root = openTag(bytes, at);
  if (root.name !== rootName) throw malformed(`it is a document of ${root.name}`);
  return root;
}

/** Checks that nothing but white space and comments follows the root. */
export function epilog(bytes: Buffer, from: number): void {
  let at = from;
  for (;;) {
    while (isSpace(bytes[at])) at++;
    if (at === bytes.length) return;
    if (bytes[at] !== lt || !isMarkup(bytes, at)) throw malformed(`more follows at byte ${at}`);
    at = skipMarkup(bytes, at);
  }
}

/** Whether what begins at this `<` is no element: a comment, a declaration. */
export function isMarkup(bytes: Buffer, at: number): boolean {
  return bytes[at + 1] === bang || bytes[at + 1] === question;
}

/** Goes behind a comment or a processing instruction; a DOCTYPE or CDATA, which no S3 server sends, is refused. */
export function skipMarkup(bytes: Buffer, at: number): number {
  const isComment = bytes[at + 2] === dash && bytes[at + 3] === dash;
  if (bytes[at + 1] === bang && !isComment) throw malformed("it has a DOCTYPE or CDATA");
  const terminator = isComment ? "-->" : "?>";
  const end = bytes.indexOf(terminator, at + (isComment ? 4 : 2), "latin1");
  if (end < 0) throw malformed("it ends too early");
  return end + terminator.length;
}

/** Reads the opening tag that begins at this `<`; its attributes are passed over. */
export function openTag(bytes: Buffer, at: number): OpenTag {
  let nameEnd = at + 1;
  while (isNameByte(bytes[nameEnd])) nameEnd++;
  if (nameEnd === at + 1) throw malformed(`no tag stands at byte ${at}`);
  const name = bytes.toString("latin1", at + 1, nameEnd);
  let quote = 0;
  for (let i = nameEnd; i < bytes.length; i++) {
    const byte = bytes[i]!;
    if (quote !== 0) {
      if (byte === quote) quote = 0;
    } else if (byte === 0x22 || byte === 0x27) {
      quote = byte;
    } else if (byte === gt) {
      return { name, isEmpty: bytes[i - 1] === slash, end: i + 1 };
    } else if (byte === lt) {
      break;
    }
  }
  throw malformed(`the tag ${name} at byte ${at} has no end`);
}

/** Goes behind the closing tag of this name, which must begin here. */
export function closeTag(bytes: Buffer, at: number, name: string): number {
  let end = at + 2 + name.length;
  const isIt =
    bytes[at] === lt && bytes[at + 1] === slash && bytes.toString("latin1", at + 2, end) === name;
  if (isIt) {
    while (isSpace(bytes[end])) end++;
    if (bytes[end] === gt) return end + 1;
  }
  throw malformed(`${name} is not closed at byte ${at}`);
}

/** Reads an element that has only text in it. */
export function textOf(bytes: Buffer, tag: OpenTag): ElementText {
  const begin = tag.end;
  if (tag.isEmpty) return { begin, end: begin, after: begin };
  const end = bytes.indexOf(lt, begin);
  if (end < 0) throw malformed("it ends too early");
  return { begin, end, after: closeTag(bytes, end, tag.name) };
}

/** Reads `true` or `false`. */
export function flagOf(bytes: Buffer, { begin, end }: Span): boolean {
  const text = bytes.toString("latin1", begin, end);
  if (text === "true" || text === "false") return text === "true";
  throw malformed(`"${text.slice(0, 20)}" is neither true nor false`);
}

/** Walks an element's children. `visit` gives the place behind a child it has read, or undefined for one to be passed over. */
export function scanChildren(
  bytes: Buffer,
  parent: OpenTag,
  visit: (child: OpenTag) => number | undefined,
): number {
  let at = parent.end;
  if (parent.isEmpty) return at;
  for (;;) {
    at = skipSpace(bytes, at);
    if (bytes[at + 1] === slash) return closeTag(bytes, at, parent.name);
    if (isMarkup(bytes, at)) {
      at = skipMarkup(bytes, at);
    } else {
      const child = openTag(bytes, at);
      at = visit(child) ?? skipElement(bytes, child);
    }
  }
}

/** Goes behind an element, whatever is in it. */
export function skipElement(bytes: Buffer, tag: OpenTag): number {
  const open: string[] = tag.isEmpty ? [] : [tag.name];
  let at = tag.end;
  while (open.length > 0) {
    at = bytes.indexOf(lt, at);
    if (at < 0) throw malformed("it ends too early");
    if (bytes[at + 1] === slash) {
      at = closeTag(bytes, at, open.pop()!);
    } else if (isMarkup(bytes, at)) {
      at = skipMarkup(bytes, at);
    } else {
      const child = openTag(bytes, at);
      if (!child.isEmpty && open.push(child.name) > maxDepth) throw malformed("it is too deep");
      at = child.end;
    }
  }
  return at;
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

function isNameByte(byte: number | undefined): boolean {
  return (
    byte !== undefined &&
    !isSpace(byte) &&
    byte !== gt &&
    byte !== slash &&
    byte !== lt &&
    byte !== 0x26 &&
    byte !== 0x22 &&
    byte !== 0x27 &&
    byte !== 0x3d
  );
}
