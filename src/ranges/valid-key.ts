/**
 * Makes a key of bytes that were put together one by one: these bytes, changed as little as needed to be UTF-8 without control
 * characters and surrogates, and cut at the end of a character to `maxBytes`. A split point may be any key, so it is one that every
 * server takes: S3 itself would answer bytes that are no UTF-8 with an error, and proxies choke on control characters.
 */
export function validKey(bytes: readonly number[], maxBytes: number): Buffer {
  const key: number[] = [];
  for (let at = 0; at < bytes.length;) {
    const character = characterAt(bytes, at);
    if (key.length + character.bytes.length > maxBytes) break;
    key.push(...character.bytes);
    if (character.isLast) break;
    at += character.taken;
  }
  return Buffer.from(key);
}

interface Character {
  readonly bytes: readonly number[];
  /** How many of the given bytes it stands for. */
  readonly taken: number;
  /** True where it is so far from what was given that what follows has lost its meaning. */
  readonly isLast: boolean;
}

const space = 0x20;
const firstContinuation = 0x80;
const lastContinuation = 0xbf;

/** U+00A0, the first character of two bytes that is no control character. */
const noBreakSpace: Character = { bytes: [0xc2, 0xa0], taken: 1, isLast: true };

/** U+10FFFD, the last character that is one. */
const lastCharacter: Character = { bytes: [0xf4, 0x8f, 0xbf, 0xbd], taken: 1, isLast: true };

function characterAt(bytes: readonly number[], at: number): Character {
  const lead = Math.max(bytes[at]!, space);
  if (lead < 0x7f) return { bytes: [lead], taken: 1, isLast: false };
  if (lead < 0xc2) return noBreakSpace;
  if (lead > 0xf4) return lastCharacter;

  const length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  const character = [lead];
  let taken = 1;
  let isLast = false;
  for (let i = 1; i < length; i++) {
    const least = i === 1 ? leastSecond(lead) : firstContinuation;
    const most = i === 1 ? mostSecond(lead) : lastContinuation;
    const byte = isLast ? undefined : bytes[at + i];
    if (byte === undefined) {
      character.push(least);
      continue;
    }
    character.push(Math.min(Math.max(byte, least), most));
    taken++;
    // A byte that begins a character cannot go on with this one.
    if (byte < firstContinuation) isLast = true;
  }
  return { bytes: character, taken, isLast };
}

/** The least second byte (Unicode, table 3-7 "Well-Formed UTF-8 Byte Sequences"), behind C2 without the control characters. */
function leastSecond(lead: number): number {
  if (lead === 0xc2 || lead === 0xe0) return 0xa0;
  return lead === 0xf0 ? 0x90 : firstContinuation;
}

/** The greatest second byte; behind ED come the surrogates, behind F4 the end of Unicode. */
function mostSecond(lead: number): number {
  if (lead === 0xed) return 0x9f;
  return lead === 0xf4 ? 0x8f : lastContinuation;
}
