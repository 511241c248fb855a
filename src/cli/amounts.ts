/** Writes a number with its thousands apart, as `1,204,118`. */
export function count(n: number): string {
  return n.toLocaleString("en-US", { maximumFractionDigits: 0 });
}

/** The same with what is counted, as `1 object` and `2 objects`. */
export function countOf(n: number, noun: string): string {
  return `${count(n)} ${noun}${n === 1 ? "" : "s"}`;
}

/** Writes a time for people, by its two largest units, as `45 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`. */
export function durationText(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return two(whole, 60, "min", 1, "s");
  const minutes = Math.round(seconds / 60);
  if (minutes < 24 * 60) return two(minutes, 60, "h", 1, "min");
  return two(Math.round(seconds / 3600), 24, "d", 1, "h");
}

function two(amount: number, large: number, name: string, small: number, other: string): string {
  const rest = Math.floor((amount % large) / small);
  const first = `${count(Math.floor(amount / large))} ${name}`;
  return rest === 0 ? first : `${first} ${rest} ${other}`;
}
