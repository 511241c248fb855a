/**
 * The UTF-8 bytes of a key, or of what stands between keys, as a string of one character a byte
 * (Latin-1): so `<` is S3's order, and prefixes and map keys are those of strings.
 */
export type ByteText = string;

/** S3's longest key, in bytes of UTF-8. */
export const maxKeyBytes = 1024;

const lastCodePoint = 0x10ffff;
const firstSurrogate = 0xd800;
const lastSurrogate = 0xdfff;

/** The bytes of a text. */
export function bytesOf(text: string): ByteText {
  return Buffer.from(text).toString("latin1");
}

/** The text of bytes that are UTF-8. */
export function textOfBytes(bytes: ByteText): string {
  return Buffer.from(bytes, "latin1").toString();
}

/**
 * What comes right behind all that begins with these bytes; undefined for none, with which all
 * begins.
 */
export function behindPrefix(prefix: ByteText): ByteText | undefined {
  if (prefix === "") return undefined;
  // UTF-8 has no byte FF, so there is always a next one.
  return prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1);
}

/**
 * The least key, UTF-8 of 1 to 1024 bytes, that is not before these bytes; undefined where none is.
 */
export function leastKeyFrom(bytes: ByteText): ByteText | undefined {
  if (bytes === "") return "\0";
  const { valid, rest } = parse(bytes);
  if (rest === "") return bytes;
  const next = leastCharacterFrom(rest);
  if (next !== undefined && valid.length + next.length <= maxKeyBytes) return valid + next;
  return keyBehindAllOf(valid);
}

/** Cuts bytes where they are no UTF-8 any more, or longer than a key. */
function parse(bytes: ByteText): { readonly valid: ByteText; readonly rest: ByteText } {
  let at = 0;
  while (at < bytes.length) {
    const lead = bytes.charCodeAt(at);
    const length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    const character = bytes.slice(at, at + length);
    if (at + length > maxKeyBytes || bytesOf(textOfBytes(character)) !== character) break;
    at += length;
  }
  return { valid: bytes.slice(0, at), rest: bytes.slice(at) };
}

/**
 * UTF-8 sorts as code points do, so the least character whose bytes are not before these is found
 * by halving.
 */
function leastCharacterFrom(bytes: ByteText): ByteText | undefined {
  let low = 0;
  let high = lastCodePoint + 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (characterOf(middle) < bytes) low = middle + 1;
    else high = middle;
  }
  return low > lastCodePoint ? undefined : characterOf(low);
}

/** The least key that is greater than all that begin with this one. */
function keyBehindAllOf(key: ByteText): ByteText | undefined {
  for (let text = textOfBytes(key); text !== "";) {
    const last = lastCharacterOf(text);
    text = text.slice(0, -last.length);
    const codePoint = last.codePointAt(0)!;
    if (codePoint === lastCodePoint) continue;
    const next = bytesOf(text) + characterOf(codePoint + 1);
    if (next.length <= maxKeyBytes) return next;
  }
  return undefined;
}

/** A character's bytes; surrogates, which are none, stand for the first one behind them. */
function characterOf(codePoint: number): ByteText {
  const isSurrogate = codePoint >= firstSurrogate && codePoint <= lastSurrogate;
  return bytesOf(String.fromCodePoint(isSurrogate ? lastSurrogate + 1 : codePoint));
}

/**
 * The text with its last character replaced by the one before in Unicode; undefined where there is
 * none, behind NUL.
 */
export function withPreviousCharacter(text: string): string | undefined {
  const last = lastCharacterOf(text);
  const codePoint = last.codePointAt(0);
  if (codePoint === undefined || codePoint === 0) return undefined;
  const previous = codePoint - 1 === lastSurrogate ? firstSurrogate - 1 : codePoint - 1;
  return text.slice(0, -last.length) + String.fromCodePoint(previous);
}

function lastCharacterOf(text: string): string {
  const unit = text.charCodeAt(text.length - 1);
  const isPair = unit >= 0xdc00 && unit <= lastSurrogate && text.length > 1;
  return text.slice(isPair ? -2 : -1);
}
