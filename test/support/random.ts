/** A source of chance that gives the same numbers each time (mulberry32), so that a failing test fails again. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** What has broken other tools' keys, and what sorts differently as UTF-16 and as UTF-8. */
const pieces = [
  ...Array.from("abz019AZ./-_~!*'()+%&=?#@:;,<>\"` {}|^[]$"),
  "\t",
  "\n",
  "\r",
  "\\",
  "\\N",
  "\\x00",
  "%2F",
  "%",
  "//",
  "../",
  "é",
  "ß",
  "\u00a0",
  "\u2028",
  "\ufeff",
  "\uffff",
  "\ufffd",
  "\ud7ff",
  "\ue000",
  "😀",
  "𝄞",
  "\u{10ffff}",
];

/** A key of 1 to 12 of them. */
export function randomKey(random: () => number): string {
  let key = "";
  for (let i = 1 + Math.floor(random() * 12); i > 0; i--) {
    key += pieces[Math.floor(random() * pieces.length)]!;
  }
  return key;
}
