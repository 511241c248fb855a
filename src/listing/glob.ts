/** One piece of a pattern: any characters, or one character that it takes. */
type Piece = "any" | ((character: number) => boolean);

/**
 * Makes a test of a pattern as the AWS CLI's `--include` has it (Python's fnmatch): `*` is any
 * characters, also slashes, `?` is one, `[a-z]` one of these, `[!a-z]` one that is none of them. All
 * else is itself, a `[` without its end too. The pattern must match all of the text.
 *
 * It goes back to the last `*` only, so a text takes no more steps than its length times the
 * pattern's, whatever the pattern.
 */
export function globOf(pattern: string): (text: string) => boolean {
  const pieces = piecesOf(pattern);
  return (text) => {
    let at = 0;
    let piece = 0;
    let star = -1;
    let starAt = 0;
    while (at < text.length) {
      const here = pieces[piece];
      const character = text.codePointAt(at)!;
      if (here === "any") {
        star = piece++;
        starAt = at;
      } else if (here?.(character) === true) {
        piece++;
        at += widthOf(character);
      } else if (star >= 0) {
        piece = star + 1;
        starAt += widthOf(text.codePointAt(starAt)!);
        at = starAt;
      } else {
        return false;
      }
    }
    while (pieces[piece] === "any") piece++;
    return piece === pieces.length;
  };
}

/** In UTF-16 units. */
function widthOf(character: number): number {
  return character > 0xffff ? 2 : 1;
}

function piecesOf(pattern: string): readonly Piece[] {
  const characters = Array.from(pattern, (character) => character.codePointAt(0)!);
  const pieces: Piece[] = [];
  for (let i = 0; i < characters.length; i++) {
    const character = characters[i]!;
    if (character === star) {
      pieces.push("any");
    } else if (character === questionMark) {
      pieces.push(() => true);
    } else {
      // A `]` right behind the beginning is one of the set.
      const from = characters[i + 1] === exclamationMark ? i + 2 : i + 1;
      const end = character === open ? characters.indexOf(close, from + 1) : -1;
      if (end < 0) {
        pieces.push((other) => other === character);
        continue;
      }
      const isIn = setOf(characters.slice(from, end));
      pieces.push(from === i + 1 ? isIn : (other) => !isIn(other));
      i = end;
    }
  }
  return pieces;
}

function setOf(characters: readonly number[]): (character: number) => boolean {
  const ranges: (readonly [number, number])[] = [];
  for (let i = 0; i < characters.length; i++) {
    const low = characters[i]!;
    const high = characters[i + 1] === hyphen ? characters[i + 2] : undefined;
    if (high === undefined) {
      ranges.push([low, low]);
    } else {
      ranges.push([low, high]);
      i += 2;
    }
  }
  return (character) => ranges.some(([low, high]) => low <= character && character <= high);
}

const star = 0x2a;
const questionMark = 0x3f;
const open = 0x5b;
const close = 0x5d;
const exclamationMark = 0x21;
const hyphen = 0x2d;
