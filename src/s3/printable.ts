/** How much of a foreign text a message shows, in UTF-16 units. */
const lengthShown = 300;

/**
 * Makes a text that others wrote fit for a terminal: on one line, without characters that steer it
 * or reorder what is shown, and not for ever long. What is taken out stands as `\u{1b}`.
 */
export function printable(text: string): string {
  const escaped = withoutSteering(text);
  return escaped.length <= lengthShown ? escaped : `${escaped.slice(0, lengthShown)}…`;
}

/** The same with all of a text, however long. */
export function withoutSteering(text: string): string {
  return text.replace(steering, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}

/**
 * Controls, line and paragraph separators, the marks that change the direction of writing, and
 * halves of pairs.
 */
const steering = /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\p{Cs}]/gu;
